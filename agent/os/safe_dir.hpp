// A directory whose files are reached by names that others choose: nothing opened or renamed through it can
// lie outside of it, and no symbolic link is followed, even when somebody swaps a component meanwhile
// (openat2(2)).
#pragma once
#include "agent/os/fd.hpp"
#include "core/base/error.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <sys/stat.h>
#include <sys/types.h>
#include <vector>

namespace mesh::os {

class safe_dir {
 public:
  // Opens path (chosen by this machine's user, so links in it are followed); make: creates it and its
  // parents. Errors: not_found, io.
  static result<safe_dir> open(const std::filesystem::path& path, bool make = false);

  // name may have several components ("a/b"); empty, absolute and leaving names are refused.
  // A new file, never an existing one, for reading and writing. Errors: file_exists, name_unsafe, not_found,
  // disk_full, io.
  result<unique_fd> create_file(const std::string& name, mode_t mode = 0600) const;
  // An existing regular file that is ours alone (our user's, no hard link elsewhere), for reading and
  // writing. Errors: not_found, not_a_file, name_unsafe, io.
  result<unique_fd> reopen_own_file(const std::string& name) const;
  // An existing regular file for reading. Errors: not_found, not_a_file, name_unsafe, io.
  result<unique_fd> open_file(const std::string& name) const;
  // One more level. Errors: file_exists, name_unsafe, not_found, disk_full, io.
  result<void> make_dir(const std::string& name, mode_t mode = 0755) const;
  // Errors: not_found, not_a_file, name_unsafe, io.
  result<safe_dir> open_dir(const std::string& name) const;

  // The rest takes one component only (name_unsafe otherwise).
  // Never over an existing entry. Errors: file_exists, not_found, name_unsafe, io.
  result<void> rename_new(const std::string& from, const std::string& to) const {
    return rename_new(from, *this, to);
  }
  // The same, to another directory.
  result<void> rename_new(const std::string& from, const safe_dir& into, const std::string& to) const;
  // In one step in the place of what is there, which must not be a directory. Errors: not_found, name_unsafe,
  // io.
  result<void> rename_over(const std::string& from, const std::string& to) const {
    return rename_over(from, *this, to);
  }
  result<void> rename_over(const std::string& from, const safe_dir& into, const std::string& to) const;
  result<void> remove(const std::string& name) const;
  // With everything below it; no link is followed. Errors: not_found, name_unsafe, io.
  result<void> remove_tree(const std::string& name) const;
  // A symbolic link that says target, whatever that is; never over an existing entry. Errors: file_exists,
  // name_unsafe, io.
  result<void> make_link(const std::string& target, const std::string& name) const;
  bool exists(const std::string& name) const;
  // Of the entry itself, also when it is a link; nothing when there is none.
  std::optional<struct ::stat> facts(const std::string& name) const;
  // Names of the entries, without "." and "..".
  result<std::vector<std::string>> entries() const;

  // The directory's own entries reach the disk. Errors: io.
  result<void> sync() const;
  // Bytes an ordinary user may still write here. Errors: io.
  result<std::uint64_t> free_bytes() const;

  const std::filesystem::path& path() const noexcept { return path_; }
  int fd() const noexcept { return fd_.get(); }

 private:
  safe_dir(std::filesystem::path path, unique_fd fd) : path_(std::move(path)), fd_(std::move(fd)) {}

  std::filesystem::path path_;
  unique_fd fd_;
};

namespace detail {

// The two ways to open name beneath a directory; -1 and errno on failure. The second is for kernels
// before 5.6: it walks with O_NOFOLLOW, component by component.
int open_beneath(int dir, const std::string& name, int flags, mode_t mode) noexcept;
int walk_beneath(int dir, const std::string& name, int flags, mode_t mode) noexcept;

}  // namespace detail
}  // namespace mesh::os
