#include "agent/os/atomic_file.hpp"

#include "agent/os/os_error.hpp"
#include "core/crypto/random.hpp"

#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>

namespace mesh::os {
namespace {

result<void> write_all(int fd, bytes_view content, const std::string& name) {
  while (!content.empty()) {
    const auto written = ::write(fd, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return fail_errno(errno, "write " + name);
    content = content.subspan(static_cast<std::size_t>(written));
  }
  return {};
}

// A file under a name of its own, complete and on the disk; removed again unless it was given its place.
class draft {
 public:
  static result<draft> make(const private_dir& dir, const std::string& name, bytes_view content) {
    draft out(dir, fmt::format(".{}.{}", name, crypto::random_text(9)));
    const unique_fd fd(::openat(dir.fd(), out.name_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!fd) return fail_errno(errno, "write " + name);
    out.there_ = true;
    if (auto done = write_all(fd.get(), content, name); !done) return pass(done);
    if (::fsync(fd.get()) != 0) return fail_errno(errno, "sync " + name);
    return out;
  }
  draft(draft&& other) noexcept
      : dir_(other.dir_), name_(std::move(other.name_)), there_(std::exchange(other.there_, false)) {}
  draft& operator=(draft&&) = delete;
  ~draft() {
    if (there_) ::unlinkat(dir_->fd(), name_.c_str(), 0);
  }

  // flags: of renameat2(2).
  result<void> place(const std::string& name, unsigned flags) {
    if (::renameat2(dir_->fd(), name_.c_str(), dir_->fd(), name.c_str(), flags) != 0)
      return fail_errno(errno, "rename to " + name);
    there_ = false;
    if (::fsync(dir_->fd()) != 0) return fail_errno(errno, "sync " + dir_->path().string());
    return {};
  }

 private:
  draft(const private_dir& dir, std::string name) : dir_(&dir), name_(std::move(name)) {}

  const private_dir* dir_;
  std::string name_;
  bool there_ = false;
};

result<void> put(const private_dir& dir, const std::string& name, bytes_view content, unsigned flags) {
  auto written = draft::make(dir, name, content);
  if (!written) return pass(written);
  return written->place(name, flags);
}

result<void> judge(const struct stat& facts, const std::string& path, std::size_t bytes_max) {
  if (!S_ISREG(facts.st_mode)) return fail(errc::state_unreadable, path + " is no regular file");
  if (facts.st_uid != ::geteuid()) return fail(errc::state_unreadable, path + " belongs to another user");
  if ((facts.st_mode & 077U) != 0)
    return fail(
        errc::state_unreadable,
        fmt::format("others may read {} (mode {:04o}); chmod 600 closes it, but a secret in it may be "
                    "known to them",
                    path, facts.st_mode & 07777U));
  if (static_cast<std::uint64_t>(facts.st_size) > bytes_max)
    return fail(errc::state_unreadable, path + " is too long to be ours");
  return {};
}

}  // namespace

result<void> write_file_atomically(const private_dir& dir, const std::string& name, bytes_view content) {
  return put(dir, name, content, 0);
}

result<void> create_file_atomically(const private_dir& dir, const std::string& name, bytes_view content) {
  return put(dir, name, content, RENAME_NOREPLACE);
}

result<std::optional<secret>> read_private_file(const private_dir& dir, const std::string& name,
                                                std::size_t bytes_max) {
  const auto path = (dir.path() / name).string();
  // O_NONBLOCK: a pipe in the file's place must not hold us up.
  const unique_fd fd(::openat(dir.fd(), name.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!fd && errno == ENOENT) return std::nullopt;
  if (!fd) return fail(errc::state_unreadable, fmt::format("open {}: {}", path, errno_text(errno)));
  struct stat facts{};
  if (::fstat(fd.get(), &facts) != 0) return fail_errno(errno, path, errc::state_unreadable);
  if (auto good = judge(facts, path, bytes_max); !good) return pass(good);
  std::string content(static_cast<std::size_t>(facts.st_size), '\0');
  std::size_t at = 0;
  while (at < content.size()) {
    const auto got = ::read(fd.get(), content.data() + at, content.size() - at);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail_errno(errno, "read " + path, errc::state_unreadable);
    if (got == 0) break;
    at += static_cast<std::size_t>(got);
  }
  content.resize(at);
  return secret(std::move(content));
}

result<void> remove_file(const private_dir& dir, const std::string& name) {
  if (::unlinkat(dir.fd(), name.c_str(), 0) != 0 && errno != ENOENT)
    return fail_errno(errno, "remove " + name);
  return {};
}

}  // namespace mesh::os
