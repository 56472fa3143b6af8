// The file that is sent: opened once, read by offset, checked for changes at the end.
#pragma once
#include "agent/os/fd.hpp"
#include "agent/share/xattrs.hpp"
#include "core/base/bytes.hpp"
#include "core/base/clock.hpp"
#include "core/base/error.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <sys/types.h>

namespace mesh::share {

// Content that is made while it is read, in the place of a file.
class made_content {
 public:
  virtual ~made_content() = default;
  virtual std::uint64_t size() const noexcept = 0;
  virtual std::int64_t mtime() const noexcept = 0;  // Unix milliseconds
  // As file_source::read(); fast only where the one before ended. Errors: file_changed, file_unreadable, io.
  virtual result<void> read(std::uint64_t offset, std::span<std::byte> out) = 0;
};

class file_source {
 public:
  // Errors: not_found, not_a_file (a directory, a device, a pipe), file_unreadable, too_large.
  static result<file_source> open(const std::filesystem::path& path);
  // The same for a file that somebody opened; path: for people.
  static result<file_source> adopt(os::unique_fd fd, const std::filesystem::path& path);

  // path: for people, and whose last component names it.
  static file_source of(std::shared_ptr<made_content> content, const std::filesystem::path& path);

  std::uint64_t size() const noexcept { return size_; }
  wall_time mtime() const noexcept;
  // Permission bits without setuid, setgid and sticky.
  std::uint32_t mode() const noexcept { return mode_; }
  const std::filesystem::path& path() const noexcept { return path_; }

  // Fills out from offset. Errors: file_changed when the file ends before that, file_unreadable.
  result<void> read(std::uint64_t offset, std::span<std::byte> out) const;
  // What lies at offset: data, or a hole that is worth a FILE_HOLE, up to end. Everything is data where the
  // file system does not say.
  struct extent {
    bool hole = false;
    std::uint64_t end = 0;
  };
  extent extent_at(std::uint64_t offset);
  // None of made content.
  carried_xattrs xattrs() const { return made_ ? carried_xattrs() : read_xattrs(fd_.get()); }
  // Size and modification time are still those of open(). Errors: file_changed.
  result<void> unchanged() const;

 private:
  file_source() = default;

  std::filesystem::path path_;
  os::unique_fd fd_;
  std::shared_ptr<made_content> made_;  // then there is no fd_
  std::uint64_t size_ = 0;
  std::int64_t mtime_ns_ = 0;
  std::uint32_t mode_ = 0;
  extent extent_;  // the last one that was looked up
  std::uint64_t extent_from_ = 0;
};

}  // namespace mesh::share
