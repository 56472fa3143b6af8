#include "tests/bench/load/socket.hpp"

#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace mesh::bench {

void socket::connect(std::uint16_t port) {
  cut();
  fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  const int yes = 1;
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (fd_ < 0 || ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes) != 0 ||
      (::connect(fd_, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0 && errno != EINPROGRESS)) {
    std::perror("connect");
    std::exit(1);
  }
  received_.clear();
  unsent_.clear();
  events_.add(fd_, *this);
}

void socket::cut() {
  if (fd_ < 0) return;
  const linger hard{1, 0};
  (void)::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
  ::close(fd_);
  fd_ = -1;
}

void socket::send(std::string_view data) {
  if (fd_ < 0) return;
  const bool waits = !unsent_.empty();
  unsent_.append(data);
  if (!waits) flush();
}

void socket::flush() {
  while (!unsent_.empty()) {
    const auto count = ::send(fd_, unsent_.data(), unsent_.size(), MSG_NOSIGNAL);
    if (count < 0) return;  // full, not yet connected, or broken: the next event tells
    unsent_.erase(0, static_cast<std::size_t>(count));
  }
}

void socket::on_ready(std::uint32_t epoll_events) {
  if (fd_ < 0) return;
  if ((epoll_events & EPOLLOUT) != 0) flush();
  static std::array<char, 65'536> scratch;
  while (fd_ >= 0) {
    const auto count = ::recv(fd_, scratch.data(), scratch.size(), 0);
    if (count > 0) {
      received_.append(scratch.data(), static_cast<std::size_t>(count));
      if (static_cast<std::size_t>(count) == scratch.size()) continue;
    }
    if (!received_.empty()) on_data(received_);
    if (count > 0 || fd_ < 0) continue;
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
    cut();
    on_closed();
    return;
  }
}

}  // namespace mesh::bench
