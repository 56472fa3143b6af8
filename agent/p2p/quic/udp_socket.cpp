#include "agent/p2p/quic/udp_socket.hpp"

#include "agent/p2p/quic/socket_address.hpp"
#include "core/base/log.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <linux/errqueue.h>
#include <netinet/udp.h>
#include <unistd.h>

#include <fmt/format.h>

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif
#ifndef UDP_GRO
#define UDP_GRO 104
#endif

namespace mesh::quic {
namespace {

// Asked for; the kernel clips it to net.core.[rw]mem_max. Left at the default, a burst of a fast sender is
// lost.
constexpr int socket_buffer_bytes = 4 * 1024 * 1024;
constexpr std::size_t control_bytes = 128;

class unique_descriptor {
 public:
  explicit unique_descriptor(int fd) noexcept : fd_(fd) {}
  unique_descriptor(unique_descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  unique_descriptor& operator=(unique_descriptor&&) = delete;
  ~unique_descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const noexcept { return fd_; }

 private:
  int fd_;
};

bool set_option(int fd, int level, int name, int value) noexcept {
  return ::setsockopt(fd, level, name, &value, sizeof value) == 0;
}

template <class T>
T control_value(const cmsghdr* header) noexcept {
  T value;
  std::memcpy(&value, CMSG_DATA(header), sizeof value);
  return value;
}

class udp_socket final : public datagram_socket {
 public:
  udp_socket(unique_descriptor fd, bool v6) noexcept
      : fd_(std::move(fd)), v6_(v6), can_segment_(set_option(fd_.get(), IPPROTO_UDP, UDP_SEGMENT, 0)) {}

  int descriptor() const noexcept override { return fd_.get(); }
  std::span<const received_datagrams> receive(receive_buffer& into) override;
  std::size_t send(const outgoing_datagrams& what) override;
  std::optional<p2p::udp_address> next_refusal() override;

 private:
  void read_control(msghdr& message, received_datagrams& out) const;
  std::size_t add_source(msghdr& message, std::span<std::byte> control, const p2p::udp_address& from) const;
  std::size_t send_segmented(const outgoing_datagrams& what);
  std::size_t send_singly(const outgoing_datagrams& what);

  unique_descriptor fd_;
  bool v6_;
  bool can_segment_;
};

std::span<const received_datagrams> udp_socket::receive(receive_buffer& into) {
  constexpr auto count = receive_buffer::messages_max;
  std::array<mmsghdr, count> headers{};
  std::array<iovec, count> parts;
  std::array<sockaddr_storage, count> sources;
  alignas(cmsghdr) std::array<std::array<std::byte, control_bytes>, count> control;
  for (std::size_t i = 0; i < count; ++i) {
    const auto slot = into.slot(i);
    parts[i] = {slot.data(), slot.size()};
    auto& message = headers[i].msg_hdr;
    message.msg_iov = &parts[i];
    message.msg_iovlen = 1;
    message.msg_name = &sources[i];
    message.msg_namelen = sizeof sources[i];
    message.msg_control = control[i].data();
    message.msg_controllen = control[i].size();
  }
  int received = 0;
  do {
    received = ::recvmmsg(fd_.get(), headers.data(), count, MSG_DONTWAIT, nullptr);
  } while (received < 0 &&
           (errno == EINTR || errno == ECONNREFUSED || errno == EHOSTUNREACH || errno == ENETUNREACH));
  if (received <= 0) return {};
  const auto messages = into.messages();
  for (std::size_t i = 0; i < static_cast<std::size_t>(received); ++i) {
    messages[i] = {.from = from_native(sources[i]),
                   .to_ip = {},
                   .data = into.slot(i).first(headers[i].msg_len),
                   .segment = headers[i].msg_len};
    read_control(headers[i].msg_hdr, messages[i]);
  }
  return messages.first(static_cast<std::size_t>(received));
}

void udp_socket::read_control(msghdr& message, received_datagrams& out) const {
  for (auto* header = CMSG_FIRSTHDR(&message); header != nullptr; header = CMSG_NXTHDR(&message, header)) {
    if (header->cmsg_level == IPPROTO_UDP && header->cmsg_type == UDP_GRO) {
      out.segment = static_cast<std::size_t>(std::max(control_value<int>(header), 1));
    } else if (header->cmsg_level == IPPROTO_IP && header->cmsg_type == IP_PKTINFO) {
      out.to_ip = from_v4(control_value<in_pktinfo>(header).ipi_addr, 0);
    } else if (header->cmsg_level == IPPROTO_IPV6 && header->cmsg_type == IPV6_PKTINFO) {
      const auto info = control_value<in6_pktinfo>(header);
      auto& ip = out.to_ip.emplace();
      std::memcpy(ip.ip.data(), &info.ipi6_addr, ip.ip.size());
      if (IN6_IS_ADDR_LINKLOCAL(&info.ipi6_addr)) ip.scope = info.ipi6_ifindex;
    }
  }
}

// Answers from the address the peer wrote to: on a machine with several, routing might choose another one.
std::size_t udp_socket::add_source(msghdr& message, std::span<std::byte> control,
                                   const p2p::udp_address& from) const {
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  auto* header = CMSG_FIRSTHDR(&message);
  if (!v6_) {
    header->cmsg_level = IPPROTO_IP;
    header->cmsg_type = IP_PKTINFO;
    header->cmsg_len = CMSG_LEN(sizeof(in_pktinfo));
    in_pktinfo info{};
    std::memcpy(&info.ipi_spec_dst, from.ip.data() + 12, 4);
    std::memcpy(CMSG_DATA(header), &info, sizeof info);
    return CMSG_SPACE(sizeof info);
  }
  header->cmsg_level = IPPROTO_IPV6;
  header->cmsg_type = IPV6_PKTINFO;
  header->cmsg_len = CMSG_LEN(sizeof(in6_pktinfo));
  in6_pktinfo info{};
  std::memcpy(&info.ipi6_addr, from.ip.data(), from.ip.size());
  info.ipi6_ifindex = from.scope;
  std::memcpy(CMSG_DATA(header), &info, sizeof info);
  return CMSG_SPACE(sizeof info);
}

std::size_t udp_socket::send(const outgoing_datagrams& what) {
  if (what.to.is_v4() == v6_) return what.data.size();
  if (can_segment_ && what.data.size() > what.segment) return send_segmented(what);
  return send_singly(what);
}

std::size_t udp_socket::send_segmented(const outgoing_datagrams& what) {
  auto destination = to_native(what.to);
  iovec part{const_cast<std::byte*>(what.data.data()), what.data.size()};
  alignas(cmsghdr) std::array<std::byte, control_bytes> control{};
  msghdr message{};
  message.msg_name = destination.native();
  message.msg_namelen = destination.size;
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  const std::size_t used = what.from_ip ? add_source(message, control, *what.from_ip) : 0;
  message.msg_control = control.data();
  message.msg_controllen = used + CMSG_SPACE(sizeof(std::uint16_t));
  auto* header = reinterpret_cast<cmsghdr*>(control.data() + used);
  header->cmsg_level = IPPROTO_UDP;
  header->cmsg_type = UDP_SEGMENT;
  header->cmsg_len = CMSG_LEN(sizeof(std::uint16_t));
  const auto segment = static_cast<std::uint16_t>(what.segment);
  std::memcpy(CMSG_DATA(header), &segment, sizeof segment);
  for (;;) {
    if (::sendmsg(fd_.get(), &message, MSG_DONTWAIT) >= 0) return what.data.size();
    if (errno == EINTR || errno == ECONNREFUSED) continue;
    if (errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS) return 0;
    // The driver cannot checksum segments; or a segment is above the MTU of the interface.
    if (errno == EIO) {
      can_segment_ = false;
      log::info("p2p", "this network interface refuses segmented UDP: sending datagram by datagram");
    }
    return send_singly(what);
  }
}

std::size_t udp_socket::send_singly(const outgoing_datagrams& what) {
  constexpr std::size_t batch_max = 64;
  auto destination = to_native(what.to);
  alignas(cmsghdr) std::array<std::byte, control_bytes> control{};
  std::array<mmsghdr, batch_max> headers{};
  std::array<iovec, batch_max> parts;
  std::size_t done = 0;
  while (done < what.data.size()) {
    std::size_t count = 0;
    for (auto rest = what.data.subspan(done); !rest.empty() && count < batch_max; ++count) {
      const auto size = std::min(what.segment, rest.size());
      parts[count] = {const_cast<std::byte*>(rest.data()), size};
      auto& message = headers[count].msg_hdr;
      message = {};
      message.msg_name = destination.native();
      message.msg_namelen = destination.size;
      message.msg_iov = &parts[count];
      message.msg_iovlen = 1;
      if (what.from_ip) message.msg_controllen = add_source(message, control, *what.from_ip);
      rest = rest.subspan(size);
    }
    const int sent = ::sendmmsg(fd_.get(), headers.data(), static_cast<unsigned>(count), MSG_DONTWAIT);
    if (sent > 0) {
      for (int i = 0; i < sent; ++i) done += parts[static_cast<std::size_t>(i)].iov_len;
      continue;
    }
    if (errno == EINTR || errno == ECONNREFUSED) continue;
    if (errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS) return done;
    done += parts[0].iov_len;  // too big for the path, or no route: lost
  }
  return done;
}

std::optional<p2p::udp_address> udp_socket::next_refusal() {
  for (;;) {
    std::array<std::byte, 64> payload;
    alignas(cmsghdr) std::array<std::byte, 512> control;
    sockaddr_storage destination{};
    iovec part{payload.data(), payload.size()};
    msghdr message{};
    message.msg_name = &destination;
    message.msg_namelen = sizeof destination;
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    if (::recvmsg(fd_.get(), &message, MSG_ERRQUEUE | MSG_DONTWAIT) < 0) return std::nullopt;
    for (auto* header = CMSG_FIRSTHDR(&message); header != nullptr; header = CMSG_NXTHDR(&message, header)) {
      const bool told = (header->cmsg_level == IPPROTO_IP && header->cmsg_type == IP_RECVERR) ||
                        (header->cmsg_level == IPPROTO_IPV6 && header->cmsg_type == IPV6_RECVERR);
      if (told && control_value<sock_extended_err>(header).ee_errno == ECONNREFUSED)
        return from_native(destination);
    }
  }
}

void set_options(int fd, bool v6) {
  set_option(fd, SOL_SOCKET, SO_RCVBUF, socket_buffer_bytes);
  set_option(fd, SOL_SOCKET, SO_SNDBUF, socket_buffer_bytes);
  set_option(fd, IPPROTO_UDP, UDP_GRO, 1);
  if (v6) {
    set_option(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_PROBE);
    set_option(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
    set_option(fd, IPPROTO_IPV6, IPV6_RECVERR, 1);
  } else {
    set_option(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_PROBE);
    set_option(fd, IPPROTO_IP, IP_PKTINFO, 1);
    set_option(fd, IPPROTO_IP, IP_RECVERR, 1);
  }
}

struct bound_socket {
  unique_descriptor fd;
  std::uint16_t port;
};

// Errors keep errno in `system`, so that the caller tells a taken port from a family that is not there.
result<bound_socket> bind_socket(bool v6, std::uint16_t port, bool loopback_only, int& system) {
  unique_descriptor fd(::socket(v6 ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  const auto failed = [&] {
    system = errno;
    return fail(errc::io, fmt::format("UDP socket: {}", std::strerror(system)));
  };
  if (fd.get() < 0) return failed();
  p2p::udp_address local;
  local.port = port;
  if (v6) {
    set_option(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, 1);
    if (loopback_only) local.ip[15] = std::byte{1};
  } else {
    local.ip[10] = local.ip[11] = std::byte{0xff};
    if (loopback_only) local.ip[12] = std::byte{127}, local.ip[15] = std::byte{1};
  }
  auto native = to_native(local);
  if (::bind(fd.get(), native.native(), native.size) != 0) return failed();
  if (::getsockname(fd.get(), native.native(), &native.size) != 0) return failed();
  set_options(fd.get(), v6);
  return bound_socket{std::move(fd), from_native(native.storage).port};
}

std::unexpected<error> port_taken(std::uint16_t port) {
  return fail(
      errc::port_in_use,
      fmt::format("UDP port {} is in use; choose another one with --quic-port (0: any free one)", port),
      "quic_port");
}

}  // namespace

std::optional<p2p::udp_address> own_address_towards(const p2p::udp_address& to) {
  const unique_descriptor fd(::socket(to.is_v4() ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const auto native = to_native(to);
  if (fd.get() < 0 || ::connect(fd.get(), native.native(), native.size) != 0) return std::nullopt;
  sockaddr_storage own{};
  socklen_t size = sizeof own;
  if (::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&own), &size) != 0) return std::nullopt;
  auto address = from_native(own);
  address.port = 0;
  return address;
}

bool stays_on_this_machine(const p2p::udp_address& to) {
  constexpr int loopback_mtu = 65'535;  // of IPv4; one more of IPv6
  const bool v4 = to.is_v4();
  const unique_descriptor fd(::socket(v4 ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const auto native = to_native(to);
  if (fd.get() < 0 || ::connect(fd.get(), native.native(), native.size) != 0) return false;
  int mtu = 0;
  socklen_t size = sizeof mtu;
  if (::getsockopt(fd.get(), v4 ? IPPROTO_IP : IPPROTO_IPV6, v4 ? IP_MTU : IPV6_MTU, &mtu, &size) != 0)
    return false;
  return mtu >= loopback_mtu;
}

receive_buffer::receive_buffer() : memory_(make_aligned_memory(messages_max * message_bytes_max)) {}

result<udp_sockets> open_udp_sockets(std::uint16_t port, bool loopback_only) {
  constexpr int attempts = 16;  // a port free for IPv4 may be taken for IPv6
  for (int attempt = 0; attempt < attempts; ++attempt) {
    int system = 0;
    auto v4 = bind_socket(false, port, loopback_only, system);
    if (!v4) return system == EADDRINUSE ? port_taken(port) : pass(v4);
    const auto chosen = v4->port;
    auto v6 = bind_socket(true, chosen, loopback_only, system);
    if (!v6 && system == EADDRINUSE) {
      if (port != 0) return port_taken(port);
      continue;
    }
    udp_sockets out{.port = chosen, .sockets = {}};
    out.sockets.push_back(std::make_unique<udp_socket>(std::move(v4->fd), false));
    if (v6) out.sockets.push_back(std::make_unique<udp_socket>(std::move(v6->fd), true));
    return out;
  }
  return fail(errc::io, "no UDP port is free for both IPv4 and IPv6");
}

}  // namespace mesh::quic
