#include "agent/os/safe_dir.hpp"

#include "agent/os/folder_keeper.hpp"
#include "agent/os/os_error.hpp"

#include <cerrno>
#include <dirent.h>
#include <fcntl.h>
#include <memory>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace mesh::os {
namespace {

// A NUL would cut the name that the kernel sees.
result<void> check_path(const std::string& name) {
  if (name.empty() || name.find('\0') != std::string::npos)
    return fail(errc::name_unsafe, "the name is empty or holds a NUL");
  return {};
}

result<void> check_component(const std::string& name) {
  if (auto good = check_path(name); !good) return good;
  if (name == "." || name == ".." || name.find('/') != std::string::npos)
    return fail(errc::name_unsafe, "the name is no single component");
  return {};
}

// The confinement answers EXDEV where a rename leaves what it allows.
int rename_at(int dir, const std::string& from, int into, const std::string& to, unsigned flags) noexcept {
  if (::renameat2(dir, from.c_str(), into, to.c_str(), flags) == 0) return 0;
  return errno == EACCES || errno == EXDEV ? keeper::rename(dir, from, into, to, flags) : -1;
}

int unlink_at(int dir, const std::string& name, int flags) noexcept {
  if (::unlinkat(dir, name.c_str(), flags) == 0) return 0;
  return errno == EACCES ? keeper::unlink(dir, name, flags) : -1;
}

// mkdir(2) refuses an existing name, and rename(2) puts a directory into the place of an empty one only: what
// somebody else put there meanwhile stays.
result<void> rename_dir_over_empty(int dir, const std::string& from, const safe_dir& into,
                                   const std::string& to) {
  constexpr mode_t only_ours = 0700;
  if (auto made = into.make_dir(to, only_ours); !made) return made;
  if (rename_at(dir, from, into.fd(), to, 0) == 0) return {};
  const int cause = errno;
  (void)unlink_at(into.fd(), to, AT_REMOVEDIR);
  return fail_errno(cause == ENOTEMPTY ? EEXIST : cause, "rename to " + (into.path() / to).string());
}

}  // namespace

result<safe_dir> safe_dir::open(const std::filesystem::path& path, bool make) {
  std::error_code code;
  if (make) std::filesystem::create_directories(path, code);
  if (code == std::errc::permission_denied && keeper::make_folder(path) == 0) code.clear();
  if (code) return fail_errno(code.value(), "make " + path.string(), errc::write_failed);
  unique_fd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd) return fail_errno(errno, "open " + path.string());
  return safe_dir(path, std::move(fd));
}

result<unique_fd> safe_dir::create_file(const std::string& name, mode_t mode) const {
  if (auto good = check_path(name); !good) return pass(good);
  unique_fd fd(detail::open_beneath(fd_.get(), name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, mode));
  if (!fd) return fail_errno(errno, "make " + (path_ / name).string(), errc::write_failed);
  return fd;
}

result<unique_fd> safe_dir::open_file(const std::string& name) const {
  if (auto good = check_path(name); !good) return pass(good);
  // O_NONBLOCK: opening a pipe must not wait for its writer.
  unique_fd fd(detail::open_beneath(fd_.get(), name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0));
  if (!fd) return fail_errno(errno, "open " + (path_ / name).string());
  struct stat facts{};
  if (::fstat(fd.get(), &facts) != 0) return fail_errno(errno, (path_ / name).string());
  if (!S_ISREG(facts.st_mode)) return fail(errc::not_a_file, (path_ / name).string() + " is no regular file");
  return fd;
}

result<unique_fd> safe_dir::reopen_own_file(const std::string& name) const {
  if (auto good = check_path(name); !good) return pass(good);
  unique_fd fd(detail::open_beneath(fd_.get(), name, O_RDWR | O_NOFOLLOW | O_NONBLOCK, 0));
  if (!fd) return fail_errno(errno, "open " + (path_ / name).string());
  struct stat facts{};
  if (::fstat(fd.get(), &facts) != 0) return fail_errno(errno, (path_ / name).string());
  if (!S_ISREG(facts.st_mode) || facts.st_uid != ::geteuid() || facts.st_nlink != 1)
    return fail(errc::not_a_file, (path_ / name).string() + " is no file of ours alone");
  return fd;
}

result<void> safe_dir::make_dir(const std::string& name, mode_t mode) const {
  if (auto good = check_path(name); !good) return good;
  const auto cut = name.rfind('/');
  if (cut == std::string::npos) {
    if (auto good = check_component(name); !good) return good;
    if (::mkdirat(fd_.get(), name.c_str(), mode) != 0 &&
        (errno != EACCES || keeper::make_dir(fd_.get(), name, mode) != 0))
      return fail_errno(errno, "make " + (path_ / name).string());
    return {};
  }
  if (cut == 0) return fail(errc::name_unsafe, "the name is absolute");
  const auto parent = open_dir(name.substr(0, cut));
  if (!parent) return std::unexpected(parent.error());
  return parent->make_dir(name.substr(cut + 1), mode);
}

result<safe_dir> safe_dir::open_dir(const std::string& name) const {
  if (auto good = check_path(name); !good) return pass(good);
  unique_fd fd(detail::open_beneath(fd_.get(), name, O_RDONLY | O_DIRECTORY, 0));
  if (!fd && errno == ENOTDIR) return fail(errc::not_a_file, (path_ / name).string() + " is no directory");
  if (!fd) return fail_errno(errno, "open " + (path_ / name).string());
  return safe_dir(path_ / name, std::move(fd));
}

result<void> safe_dir::rename_new(const std::string& from, const safe_dir& into,
                                  const std::string& to) const {
  if (auto good = check_component(from); !good) return good;
  if (auto good = check_component(to); !good) return good;
  if (rename_at(fd_.get(), from, into.fd(), to, RENAME_NOREPLACE) == 0) return {};
  // A file system without that flag (NFS, some FUSE): link(2) refuses an existing name as well, for all but
  // directories.
  if (errno != EINVAL && errno != ENOSYS) return fail_errno(errno, "rename to " + (into.path_ / to).string());
  if (const auto found = facts(from); found && S_ISDIR(found->st_mode))
    return rename_dir_over_empty(fd_.get(), from, into, to);
  if (::linkat(fd_.get(), from.c_str(), into.fd(), to.c_str(), 0) != 0)
    return fail_errno(errno, "rename to " + (into.path_ / to).string());
  return remove(from);
}

result<void> safe_dir::rename_over(const std::string& from, const safe_dir& into,
                                   const std::string& to) const {
  if (auto good = check_component(from); !good) return good;
  if (auto good = check_component(to); !good) return good;
  if (rename_at(fd_.get(), from, into.fd(), to, 0) != 0)
    return fail_errno(errno, "rename to " + (into.path_ / to).string());
  return {};
}

result<void> safe_dir::remove(const std::string& name) const {
  if (auto good = check_component(name); !good) return good;
  if (unlink_at(fd_.get(), name, 0) != 0) return fail_errno(errno, "remove " + (path_ / name).string());
  return {};
}

result<void> safe_dir::remove_tree(const std::string& name) const {
  const auto found = facts(name);
  if (!found) return fail(errc::not_found, (path_ / name).string());
  if (!S_ISDIR(found->st_mode)) return remove(name);
  // Best effort: what cannot be opened cannot be emptied either.
  (void)::fchmodat(fd_.get(), name.c_str(), 0700, 0);
  const auto dir = open_dir(name);
  if (!dir) return std::unexpected(dir.error());
  const auto inside = dir->entries();
  if (!inside) return std::unexpected(inside.error());
  for (const auto& entry : *inside)
    if (auto gone = dir->remove_tree(entry); !gone) return gone;
  if (unlink_at(fd_.get(), name, AT_REMOVEDIR) != 0)
    return fail_errno(errno, "remove " + (path_ / name).string());
  return {};
}

result<void> safe_dir::make_link(const std::string& target, const std::string& name) const {
  if (auto good = check_path(target); !good) return good;
  if (auto good = check_component(name); !good) return good;
  if (::symlinkat(target.c_str(), fd_.get(), name.c_str()) != 0 &&
      (errno != EACCES || keeper::make_link(target, fd_.get(), name) != 0))
    return fail_errno(errno, "link " + (path_ / name).string());
  return {};
}

std::optional<struct ::stat> safe_dir::facts(const std::string& name) const {
  struct stat out{};
  if (!check_component(name) || ::fstatat(fd_.get(), name.c_str(), &out, AT_SYMLINK_NOFOLLOW) != 0)
    return std::nullopt;
  return out;
}

bool safe_dir::exists(const std::string& name) const {
  return facts(name).has_value();
}

result<std::vector<std::string>> safe_dir::entries() const {
  // A descriptor of its own: the reading position belongs to the open description, which a dup would share.
  const int copy = ::openat(fd_.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (copy < 0) return fail_errno(errno, "list " + path_.string());
  const std::unique_ptr<DIR, int (*)(DIR*)> stream(::fdopendir(copy), ::closedir);
  if (!stream) {
    ::close(copy);
    return fail(errc::io, "list " + path_.string());
  }
  std::vector<std::string> out;
  errno = 0;
  while (const dirent* const entry = ::readdir(stream.get())) {
    const std::string name = entry->d_name;
    if (name != "." && name != "..") out.push_back(name);
  }
  if (errno != 0) return fail_errno(errno, "list " + path_.string());
  return out;
}

result<void> safe_dir::sync() const {
  // Some file systems cannot sync a directory; there is then nothing more that we could do.
  if (::fsync(fd_.get()) != 0 && errno != EINVAL) return fail_errno(errno, "sync " + path_.string());
  return {};
}

result<std::uint64_t> safe_dir::free_bytes() const {
  struct statvfs facts{};
  if (::fstatvfs(fd_.get(), &facts) != 0) return fail_errno(errno, "free space of " + path_.string());
  return static_cast<std::uint64_t>(facts.f_bavail) * facts.f_frsize;
}

}  // namespace mesh::os
