// The file that is sent: opened once, read by offset, checked for changes at the end.
#pragma once
#include "agent/os/fd.hpp"
#include "core/base/bytes.hpp"
#include "core/base/clock.hpp"
#include "core/base/error.hpp"

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <sys/types.h>

namespace mesh::share {

class file_source {
 public:
  // Errors: not_found, not_a_file (a directory, a device, a pipe), file_unreadable, too_large.
  static result<file_source> open(const std::filesystem::path& path);
  // The same for a file that somebody opened; path: for people.
  static result<file_source> adopt(os::unique_fd fd, const std::filesystem::path& path);

  std::uint64_t size() const noexcept { return size_; }
  wall_time mtime() const noexcept;
  // Permission bits without setuid, setgid and sticky.
  std::uint32_t mode() const noexcept { return mode_; }
  const std::filesystem::path& path() const noexcept { return path_; }

  // Fills out from offset. Errors: file_changed when the file ends before that, file_unreadable.
  result<void> read(std::uint64_t offset, std::span<std::byte> out) const;
  // Size and modification time are still those of open(). Errors: file_changed.
  result<void> unchanged() const;

 private:
  file_source() = default;

  std::filesystem::path path_;
  os::unique_fd fd_;
  std::uint64_t size_ = 0;
  std::int64_t mtime_ns_ = 0;
  std::uint32_t mode_ = 0;
};

}  // namespace mesh::share
