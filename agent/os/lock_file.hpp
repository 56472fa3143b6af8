// One process owns the state directory: an flock(2) on a file in it, let go by the kernel when the process
// ends.
#pragma once
#include "agent/os/private_dir.hpp"

#include <optional>
#include <string>
#include <sys/types.h>

namespace mesh::os {

class lock_file {
 public:
  // Takes the lock and writes our pid into the file; waits a second for those who only ask for the owner.
  // Errors: state_locked, whose detail names the pid of the owner; state_unreadable.
  static result<lock_file> acquire(const private_dir& dir, const std::string& name = "lock");

  // The pid of the process that holds the lock, nullopt when nobody does.
  static result<std::optional<pid_t>> owner(const private_dir& dir, const std::string& name = "lock");

 private:
  explicit lock_file(unique_fd fd) : fd_(std::move(fd)) {}
  unique_fd fd_;
};

}  // namespace mesh::os
