#include "agent/share/file_source.hpp"

#include "agent/os/os_error.hpp"
#include "core/base/limits.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace mesh::share {
namespace {

std::int64_t nanoseconds(const timespec& t) noexcept {
  return static_cast<std::int64_t>(t.tv_sec) * 1'000'000'000 + t.tv_nsec;
}

// A smaller one costs more as a message than as zeros, and files of many small ones would come in crumbs.
constexpr std::uint64_t hole_bytes_min = 64ULL * 1024;
// At once, of a file in crumbs.
constexpr std::uint64_t looked_up_max = 16ULL * 1024 * 1024;

}  // namespace

result<file_source> file_source::open(const std::filesystem::path& path) {
  // O_NONBLOCK: opening a pipe must not wait for its writer; it has no effect on regular files.
  os::unique_fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  if (!fd) return os::fail_errno(errno, path.string(), errc::file_unreadable);
  return adopt(std::move(fd), path);
}

result<file_source> file_source::adopt(os::unique_fd fd, const std::filesystem::path& path) {
  file_source out;
  out.path_ = path;
  out.fd_ = std::move(fd);
  struct stat facts{};
  if (::fstat(out.fd_.get(), &facts) != 0) return os::fail_errno(errno, path.string(), errc::file_unreadable);
  if (!S_ISREG(facts.st_mode)) return fail(errc::not_a_file, path.string() + " is no regular file");
  out.size_ = static_cast<std::uint64_t>(facts.st_size);
  if (out.size_ > limits::file_bytes_max) return fail(errc::too_large, path.string() + " is too large");
  out.mtime_ns_ = nanoseconds(facts.st_mtim);
  out.mode_ = facts.st_mode & 0777U;
  // Where every byte has its room there is nothing to look for.
  if (static_cast<std::uint64_t>(facts.st_blocks) * 512 >= out.size_) out.extent_ = {false, out.size_};
  ::posix_fadvise(out.fd_.get(), 0, 0, POSIX_FADV_SEQUENTIAL);
  return out;
}

file_source file_source::of(std::shared_ptr<made_content> content, const std::filesystem::path& path) {
  constexpr std::uint32_t plain_mode = 0644;
  file_source out;
  out.path_ = path;
  out.size_ = content->size();
  out.mtime_ns_ = content->mtime() * 1'000'000;
  out.mode_ = plain_mode;
  out.made_ = std::move(content);
  return out;
}

wall_time file_source::mtime() const noexcept {
  return std::chrono::floor<std::chrono::milliseconds>(
      std::chrono::sys_time<std::chrono::nanoseconds>(std::chrono::nanoseconds(mtime_ns_)));
}

result<void> file_source::read(std::uint64_t offset, std::span<std::byte> out) const {
  if (made_) return made_->read(offset, out);
  while (!out.empty()) {
    const auto got = ::pread(fd_.get(), out.data(), out.size(), static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return os::fail_errno(errno, "read " + path_.string(), errc::file_unreadable);
    if (got == 0) return fail(errc::file_changed, path_.string() + " became shorter while it was sent");
    out = out.subspan(static_cast<std::size_t>(got));
    offset += static_cast<std::uint64_t>(got);
  }
  return {};
}

file_source::extent file_source::extent_at(std::uint64_t offset) {
  if (offset >= extent_from_ && offset < extent_.end) return extent_;
  const auto seek = [this](std::uint64_t from, int whence) {
    const auto at = ::lseek(fd_.get(), static_cast<off_t>(from), whence);
    if (at >= 0) return std::min(static_cast<std::uint64_t>(at), size_);
    return errno == ENXIO || whence == SEEK_HOLE ? size_ : from;  // ENXIO: no data behind
  };
  extent_from_ = offset;
  const auto data = seek(offset, SEEK_DATA);
  if (data - offset >= hole_bytes_min) return extent_ = {true, data};
  // Small holes are sent as what they read as.
  auto end = data;
  for (auto next = data; next < size_ && next - end < hole_bytes_min && end - offset < looked_up_max;
       next = seek(end, SEEK_DATA))
    end = seek(next, SEEK_HOLE);
  if (size_ - end < hole_bytes_min || end <= offset) end = size_;
  return extent_ = {false, end};
}

result<void> file_source::unchanged() const {
  if (made_) return {};  // each part of it was looked at when it was read
  struct stat facts{};
  if (::fstat(fd_.get(), &facts) != 0) return os::fail_errno(errno, path_.string(), errc::file_unreadable);
  if (static_cast<std::uint64_t>(facts.st_size) != size_ || nanoseconds(facts.st_mtim) != mtime_ns_)
    return fail(errc::file_changed, path_.string() + " changed while it was sent");
  return {};
}

}  // namespace mesh::share
