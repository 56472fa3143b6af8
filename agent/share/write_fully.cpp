#include "agent/share/write_fully.hpp"

#include "agent/os/os_error.hpp"

#include <cerrno>
#include <fcntl.h>
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

result<void> leave_hole(int fd, std::uint64_t end, std::uint64_t size, std::string_view what) {
  if (::ftruncate(fd, static_cast<off_t>(end)) != 0)
    return os::fail_errno(errno, "write " + std::string(what), errc::write_failed);
  // Without effect where nothing was reserved; some file systems cannot, and then it costs room only.
  [[maybe_unused]] const bool freed =
      ::fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, static_cast<off_t>(end - size),
                  static_cast<off_t>(size)) == 0;
  return {};
}

}  // namespace mesh::share
