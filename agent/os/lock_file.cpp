#include "agent/os/lock_file.hpp"

#include "agent/os/os_error.hpp"

#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

#include <fmt/format.h>

namespace mesh::os {
namespace {

// owner() has the lock for a moment, and whoever asks may be made to wait with it in hand.
constexpr auto askers_max = std::chrono::seconds(1);
constexpr auto poll = std::chrono::milliseconds(5);

result<unique_fd> open_lock(const private_dir& dir, const std::string& name) {
  unique_fd fd(::openat(dir.fd(), name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!fd)
    return fail(errc::state_unreadable,
                fmt::format("open {}: {}", (dir.path() / name).string(), errno_text(errno)));
  return fd;
}

// 0 while the owner has not written it yet.
pid_t read_pid(int fd) {
  std::array<char, 16> text{};
  const auto size = ::pread(fd, text.data(), text.size(), 0);
  pid_t pid = 0;
  if (size > 0) std::from_chars(text.data(), text.data() + size, pid);
  return pid;
}

// True when we have the lock now. Errors: state_unreadable.
result<bool> try_lock(int fd) {
  while (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) return false;
    if (errno != EINTR) return fail_errno(errno, "lock the state directory", errc::state_unreadable);
  }
  return true;
}

}  // namespace

result<lock_file> lock_file::acquire(const private_dir& dir, const std::string& name) {
  auto fd = open_lock(dir, name);
  if (!fd) return pass(fd);
  auto mine = try_lock(fd->get());
  const auto deadline = std::chrono::steady_clock::now() + askers_max;
  while (mine && !*mine && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(poll);
    mine = try_lock(fd->get());
  }
  if (!mine) return std::unexpected(mine.error());
  if (!*mine)
    return fail(errc::state_locked,
                fmt::format("{} is in use by process {}", dir.path().string(), read_pid(fd->get())));
  const auto pid = fmt::format("{}\n", ::getpid());
  if (::ftruncate(fd->get(), 0) != 0 ||
      ::pwrite(fd->get(), pid.data(), pid.size(), 0) != static_cast<ssize_t>(pid.size()))
    return fail_errno(errno, "write the lock file", errc::state_unreadable);
  return lock_file(std::move(*fd));
}

result<std::optional<pid_t>> lock_file::owner(const private_dir& dir, const std::string& name) {
  auto fd = open_lock(dir, name);
  if (!fd) return pass(fd);
  const auto mine = try_lock(fd->get());
  if (!mine) return std::unexpected(mine.error());
  if (*mine) return std::nullopt;
  return read_pid(fd->get());
}

}  // namespace mesh::os
