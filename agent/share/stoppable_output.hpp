// A descriptor whose reader may stop reading: who waits for it can be told to wait no longer.
#pragma once
#include "agent/os/fd.hpp"
#include "core/base/bytes.hpp"
#include "core/base/error.hpp"

#include <chrono>
#include <cstddef>
#include <string>

namespace mesh::share {

class stoppable_output {
 public:
  static constexpr auto for_ever = std::chrono::milliseconds(-1);

  // A pipe, a terminal and a socket are never blocked in, whatever their flags say. What else blocks is
  // waited for by the kernel, which only a signal ends. name: for errors.
  stoppable_output(os::unique_fd fd, std::string name);

  // Bytes that were written: fewer than all when the reader took nothing for as long as patience says. One
  // thread. Errors: write_failed; canceled after stop().
  result<std::size_t> write(bytes_view data, std::chrono::milliseconds patience);
  // The write() that waits, and each later one that would have to, ends. From any thread.
  void stop() noexcept;

 private:
  os::unique_fd fd_;
  os::unique_fd stopped_;  // an eventfd
  std::string name_;
  bool is_socket_ = false;
};

}  // namespace mesh::share
