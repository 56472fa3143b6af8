// A file that came whole by the transfer that is offered now: its sender has not heard of it yet. Nothing is
// written; both sides compare what they have.
#pragma once
#include "agent/os/safe_dir.hpp"
#include "agent/share/file_sink.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace mesh::share {

class arrived_file {
 public:
  // Under the name that is offered, or one that it got because that was taken.
  static std::optional<arrived_file> find(const os::safe_dir& dir, const sink_file& file);

  const std::string& name() const noexcept { return name_; }
  int fd() const noexcept { return fd_.get(); }
  // Errors: io.
  result<void> read(std::uint64_t offset, std::span<std::byte> out) const;
  // It is not what the sender has: the next offer finds nothing and begins anew. Fails with busy, which
  // senders try again after.
  result<void> disown();

 private:
  arrived_file(std::string name, os::unique_fd fd) : name_(std::move(name)), fd_(std::move(fd)) {}

  std::string name_;
  os::unique_fd fd_;
};

}  // namespace mesh::share
