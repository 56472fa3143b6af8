#include "agent/share/entry_files.hpp"

#include "agent/os/os_error.hpp"
#include "core/base/aligned_memory.hpp"
#include "core/base/limits.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <unistd.h>

namespace mesh::share {

void set_mtime(int fd, std::int64_t mtime) noexcept {
  const timespec times[2] = {{0, UTIME_OMIT}, {mtime / 1000, mtime % 1000 * 1'000'000}};
  [[maybe_unused]] const bool dated = ::futimens(fd, times) == 0;
}

std::int64_t mtime_of(const struct stat& facts) noexcept {
  return static_cast<std::int64_t>(facts.st_mtim.tv_sec) * 1000 + facts.st_mtim.tv_nsec / 1'000'000;
}

bool looks_equal(const struct stat& facts, const wire::manifest_entry& entry) noexcept {
  constexpr std::int64_t coarse_ms = 2000;  // FAT; others count in whole seconds
  const auto later = mtime_of(facts) - entry.mtime;
  const bool same_time =
      later == 0 || (facts.st_mtim.tv_nsec == 0 && later < coarse_ms && later > -coarse_ms);
  return static_cast<std::uint64_t>(facts.st_size) == entry.size && same_time;
}

result<void> read_beginning(int fd, std::uint64_t length,
                            const std::function<result<void>(bytes_view, std::uint64_t)>& take) {
  const auto step = std::min<std::uint64_t>(length, limits::chunk_bytes);
  const auto buffer = make_aligned_memory(static_cast<std::size_t>(step));
  for (std::uint64_t at = 0; at < length;) {
    const auto wanted = static_cast<std::size_t>(std::min(length - at, step));
    const auto got = ::pread(fd, buffer.get(), wanted, static_cast<off_t>(at));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return os::fail_errno(got < 0 ? errno : EIO, "read what is there");
    if (auto taken = take(bytes_view(buffer.get(), static_cast<std::size_t>(got)), at); !taken) return taken;
    at += static_cast<std::uint64_t>(got);
  }
  return {};
}

}  // namespace mesh::share
