#include "agent/share/write_fully.hpp"

#include "agent/os/os_error.hpp"

#include <cerrno>
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

}  // namespace mesh::share
