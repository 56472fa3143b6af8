#include "agent/app/own_window.hpp"

#include <atomic>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace mesh::app {
namespace {

std::atomic<int> waker = -1;

void on_size_change(int) {
  const int kept = errno;
  own_window::wake();
  errno = kept;
}

}  // namespace

own_window::own_window() {
  int ends[2] = {-1, -1};
  if (::pipe2(ends, O_CLOEXEC | O_NONBLOCK) == 0) {
    awake_ = os::unique_fd(ends[0]);
    waker_ = os::unique_fd(ends[1]);
    waker = ends[1];
  }
  struct sigaction action{};
  action.sa_handler = on_size_change;
  action.sa_flags = SA_RESTART;
  ::sigaction(SIGWINCH, &action, nullptr);
  if (::tcgetattr(STDIN_FILENO, &before_) != 0) return;
  auto raw = before_;
  ::cfmakeraw(&raw);
  raw_ = ::tcsetattr(STDIN_FILENO, TCSADRAIN, &raw) == 0;
}

own_window::~own_window() {
  restore();
  (void)::signal(SIGWINCH, SIG_DFL);
  waker = -1;
}

void own_window::restore() noexcept {
  if (raw_) ::tcsetattr(STDIN_FILENO, TCSADRAIN, &before_);
  raw_ = false;
}

void own_window::wake() noexcept {
  if (const int fd = waker; fd >= 0) (void)!::write(fd, "", 1);
}

void own_window::take_wakes() const {
  char rest[64];
  while (::read(awake_.get(), rest, sizeof rest) > 0) {
  }
}

terminal::terminal_size own_window::size() const {
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0) return {80, 24};
  return {size.ws_col, size.ws_row};
}

bool write_fully(int fd, std::string_view data) {
  while (!data.empty()) {
    const auto count = ::write(fd, data.data(), data.size());
    if (count > 0) {
      data.remove_prefix(static_cast<std::size_t>(count));
    } else if (errno == EAGAIN) {
      pollfd room{fd, POLLOUT, 0};
      ::poll(&room, 1, -1);
    } else if (errno != EINTR) {
      return false;
    }
  }
  return true;
}

}  // namespace mesh::app
