#include "agent/share/entry_files.hpp"

#include "agent/share/read_fully.hpp"
#include "core/base/aligned_memory.hpp"
#include "core/base/limits.hpp"

#include <algorithm>
#include <fcntl.h>

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

result<void> read_range(int fd, std::uint64_t at, std::uint64_t until,
                        const std::function<result<void>(bytes_view, std::uint64_t)>& take) {
  const auto buffer =
      make_aligned_memory(static_cast<std::size_t>(std::min<std::uint64_t>(until - at, limits::chunk_bytes)));
  while (at < until) {
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(until - at, limits::chunk_bytes));
    const auto piece = std::span(buffer.get(), wanted);
    if (auto read = read_at(fd, at, piece, "what is there"); !read) return read;
    if (auto taken = take(piece, at); !taken) return taken;
    at += wanted;
  }
  return {};
}

}  // namespace mesh::share
