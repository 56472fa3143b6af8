#include "agent/share/write_fully.hpp"

#include "agent/os/os_error.hpp"

#include <cerrno>
#include <poll.h>
#include <string>
#include <unistd.h>

namespace mesh::share {

result<void> write_at(int fd, std::uint64_t offset, bytes_view data, std::string_view what) {
  while (!data.empty()) {
    const auto written = ::pwrite(fd, data.data(), data.size(), static_cast<off_t>(offset));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return os::fail_errno(errno, "write " + std::string(what), errc::write_failed);
    data = data.subspan(static_cast<std::size_t>(written));
    offset += static_cast<std::uint64_t>(written);
  }
  return {};
}

result<void> write_stream(int fd, bytes_view data, std::string_view what) {
  while (!data.empty()) {
    const auto written = ::write(fd, data.data(), data.size());
    if (written >= 0) {
      data = data.subspan(static_cast<std::size_t>(written));
    } else if (errno == EAGAIN) {
      pollfd wait{fd, POLLOUT, 0};
      ::poll(&wait, 1, -1);
    } else if (errno != EINTR) {
      return os::fail_errno(errno, "write " + std::string(what), errc::write_failed);
    }
  }
  return {};
}

}  // namespace mesh::share
