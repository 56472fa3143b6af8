// A directory that belongs to this user alone: state, credentials, the control socket.
#pragma once
#include "agent/os/fd.hpp"
#include "core/base/error.hpp"

#include <filesystem>

namespace mesh::os {

class private_dir {
 public:
  // Makes the directory (and missing parents) with mode 0700 when absent. Errors: state_unreadable when it is
  // no directory or a symbolic link, belongs to another user, may be entered by group or others, or cannot be
  // made.
  static result<private_dir> open(const std::filesystem::path& path);

  const std::filesystem::path& path() const noexcept { return path_; }
  int fd() const noexcept { return fd_.get(); }

 private:
  private_dir(std::filesystem::path path, unique_fd fd) : path_(std::move(path)), fd_(std::move(fd)) {}

  std::filesystem::path path_;
  unique_fd fd_;
};

}  // namespace mesh::os
