#include "agent/os/fd.hpp"
#include "agent/os/folder_keeper.hpp"
#include "agent/os/safe_dir.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace mesh::os::detail {
namespace {

int refuse(int number) noexcept {
  errno = number;
  return -1;
}

// openat2(2) with RESOLVE_BENEATH reports EAGAIN when a rename elsewhere could have fooled it; a few attempts
// settle that.
constexpr int attempts_max = 16;

}  // namespace

int open_beneath(int dir, const std::string& name, int flags, mode_t mode) noexcept {
  open_how how{};
  how.flags = static_cast<std::uint64_t>(flags | O_CLOEXEC);
  how.mode = (flags & O_CREAT) != 0 ? mode : 0;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
  for (int attempt = 0; attempt < attempts_max; ++attempt) {
    const auto fd = static_cast<int>(::syscall(SYS_openat2, dir, name.c_str(), &how, sizeof(how)));
    if (fd >= 0) return fd;
    if (errno == ENOSYS) return walk_beneath(dir, name, flags, mode);
    if (errno == EACCES && (flags & (O_WRONLY | O_RDWR)) != 0)
      return keeper::open_beneath(dir, name, flags, mode);
    if (errno != EAGAIN && errno != EINTR) return -1;
  }
  return -1;
}

// Refuses ".." altogether: without the kernel's help it cannot be followed safely.
int walk_beneath(int dir, const std::string& name, int flags, mode_t mode) noexcept {
  if (name.starts_with('/')) return refuse(EXDEV);
  unique_fd level;
  std::size_t at = 0;
  while (true) {
    const auto end = std::min(name.find('/', at), name.size());
    const std::string component = name.substr(at, end - at);
    if (component == "..") return refuse(EXDEV);
    const int here = level ? level.get() : dir;
    const auto next = name.find_first_not_of('/', end);
    if (next == std::string::npos)
      return ::openat(here, component.c_str(), flags | O_CLOEXEC | O_NOFOLLOW, mode);
    unique_fd below(::openat(here, component.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    // A link in the middle is ENOTDIR here, ELOOP with openat2.
    if (!below) return refuse(errno == ENOTDIR ? ELOOP : errno);
    level = std::move(below);
    at = next;
  }
}

}  // namespace mesh::os::detail
