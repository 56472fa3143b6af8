#include "agent/share/read_fully.hpp"

#include "agent/os/os_error.hpp"

#include <cerrno>
#include <string>
#include <unistd.h>

namespace mesh::share {

result<void> read_at(int fd, std::uint64_t offset, std::span<std::byte> out, std::string_view what) {
  while (!out.empty()) {
    const auto got = ::pread(fd, out.data(), out.size(), static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return os::fail_errno(got < 0 ? errno : EIO, "read " + std::string(what));
    out = out.subspan(static_cast<std::size_t>(got));
    offset += static_cast<std::uint64_t>(got);
  }
  return {};
}

}  // namespace mesh::share
