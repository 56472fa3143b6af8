#include "agent/os/fd.hpp"

#include <cerrno>
#include <unistd.h>

namespace mesh::os {

unique_fd& unique_fd::operator=(unique_fd&& other) noexcept {
  if (this != &other) {
    reset();
    fd_ = std::exchange(other.fd_, -1);
  }
  return *this;
}

// Linux has closed the descriptor even when close() reports EINTR; errno stays that of the caller's failure.
void unique_fd::reset() noexcept {
  if (fd_ < 0) return;
  const int saved = errno;
  ::close(std::exchange(fd_, -1));
  errno = saved;
}

}  // namespace mesh::os
