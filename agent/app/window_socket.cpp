#include "agent/app/window_socket.hpp"

#include "agent/control/peer_identity.hpp"
#include "agent/control/socket_place.hpp"
#include "agent/os/private_dir.hpp"

#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstring>
#include <string_view>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <fmt/format.h>

namespace mesh::app {
namespace {

constexpr std::string_view prefix = "window-";

// Sockets of programs that were killed.
void remove_left_behind(const std::filesystem::path& state) {
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(state, ignored)) {
    const auto name = entry.path().filename().string();
    pid_t pid = 0;
    const auto* const end = name.data() + name.size();
    if (!name.starts_with(prefix) || std::from_chars(name.data() + prefix.size(), end, pid).ptr != end ||
        pid <= 0)
      continue;
    if (::kill(pid, 0) != 0 && errno == ESRCH) ::unlink(entry.path().c_str());
  }
}

}  // namespace

result<window_socket> window_socket::listen(const std::filesystem::path& state) {
  if (auto own = os::private_dir::open(state); !own) return pass(own);
  remove_left_behind(state);
  auto path = state / fmt::format("{}{}", prefix, ::getpid());
  if (path.native().size() > control::socket_path_bytes_max)
    return fail(errc::address_invalid,
                fmt::format("{} is longer than a Unix socket's path may be", path.string()));
  os::unique_fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.native().copy(address.sun_path, sizeof address.sun_path - 1);
  ::unlink(path.c_str());
  const auto old_mask = ::umask(0177);
  const bool good = fd &&
                    ::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
                    ::listen(fd.get(), 1) == 0;
  const int why = errno;
  ::umask(old_mask);
  if (!good) return fail(errc::io, fmt::format("{}: {}", path.string(), std::strerror(why)));
  return window_socket(std::move(fd), std::move(path));
}

window_socket::~window_socket() {
  if (listening_) ::unlink(path_.c_str());
}

os::unique_fd window_socket::accept() const {
  os::unique_fd fd(::accept4(listening_.get(), nullptr, nullptr, SOCK_CLOEXEC));
  if (fd && !control::same_user(fd.get())) fd.reset();
  return fd;
}

}  // namespace mesh::app
