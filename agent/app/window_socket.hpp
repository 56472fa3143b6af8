// Where a program with a terminal's window waits for the agent to bring or fetch the bytes of the terminal
// (agent/app/terminal_pipe is the other end).
#pragma once
#include "agent/os/fd.hpp"
#include "core/base/error.hpp"

#include <filesystem>

namespace mesh::app {

class window_socket {
 public:
  // In the state directory, for our own user only. Errors: io, address_invalid (the path is too long).
  static result<window_socket> listen(const std::filesystem::path& state);
  window_socket(window_socket&&) noexcept = default;
  window_socket& operator=(window_socket&&) = delete;
  ~window_socket();

  const std::filesystem::path& path() const noexcept { return path_; }
  int descriptor() const noexcept { return listening_.get(); }
  // The agent that has connected; none when it was somebody else.
  os::unique_fd accept() const;

 private:
  window_socket(os::unique_fd listening, std::filesystem::path path)
      : listening_(std::move(listening)), path_(std::move(path)) {}
  os::unique_fd listening_;
  std::filesystem::path path_;
};

}  // namespace mesh::app
