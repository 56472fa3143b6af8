#include "agent/server_link/address_watch.hpp"

#include "core/base/log.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace mesh::server_link {
namespace {

constexpr std::string_view module = "link";

// -1 and errno on failure.
int open_news() noexcept {
  const int fd = ::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
  if (fd < 0) return -1;
  sockaddr_nl own{};
  own.nl_family = AF_NETLINK;
  own.nl_groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR;
  if (::bind(fd, reinterpret_cast<const sockaddr*>(&own), sizeof own) == 0) return fd;
  const int why = errno;
  ::close(fd);
  errno = why;
  return -1;
}

// What changed is asked of the kernel anew, so messages that were lost (ENOBUFS) are no loss.
void drain(int fd) noexcept {
  std::array<std::byte, 8192> ignored;
  while (true) {
    const auto count = ::recv(fd, ignored.data(), ignored.size(), MSG_DONTWAIT);
    if (count < 0 && errno != ENOBUFS && errno != EINTR) return;
  }
}

}  // namespace

io::task<> watch_addresses(std::function<void()> changed) {
  const int fd = open_news();
  if (fd < 0) {
    log::warn(module, "changes of this machine's addresses are not noticed: {}", std::strerror(errno));
    co_return;
  }
  boost::asio::posix::stream_descriptor news(co_await io::this_coro::executor, fd);
  while (true) {
    boost::system::error_code failed;
    co_await news.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                             boost::asio::redirect_error(boost::asio::use_awaitable, failed));
    if (failed) throw boost::system::system_error(failed);
    co_await io::sleep_for(address_settle);
    drain(fd);
    changed();
  }
}

}  // namespace mesh::server_link
