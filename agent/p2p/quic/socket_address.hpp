// udp_address and the kernel's sockaddr. Included by .cpp files only.
#pragma once
#include "agent/p2p/udp_address.hpp"

#include <cstring>
#include <netinet/in.h>
#include <sys/socket.h>

namespace mesh::quic {

struct socket_address {
  sockaddr_storage storage{};
  socklen_t size = 0;

  sockaddr* native() noexcept { return reinterpret_cast<sockaddr*>(&storage); }
  const sockaddr* native() const noexcept { return reinterpret_cast<const sockaddr*>(&storage); }
};

inline socket_address to_v6(const p2p::udp_address& address) noexcept {
  socket_address out;
  sockaddr_in6 native{};
  native.sin6_family = AF_INET6;
  native.sin6_port = htons(address.port);
  native.sin6_scope_id = address.scope;
  std::memcpy(&native.sin6_addr, address.ip.data(), address.ip.size());
  std::memcpy(&out.storage, &native, sizeof native);
  out.size = sizeof native;
  return out;
}

inline socket_address to_native(const p2p::udp_address& address) noexcept {
  if (!address.is_v4()) return to_v6(address);
  socket_address out;
  sockaddr_in native{};
  native.sin_family = AF_INET;
  native.sin_port = htons(address.port);
  std::memcpy(&native.sin_addr, address.ip.data() + 12, 4);
  std::memcpy(&out.storage, &native, sizeof native);
  out.size = sizeof native;
  return out;
}

inline p2p::udp_address from_v4(const in_addr& ip, std::uint16_t port_be) noexcept {
  p2p::udp_address out;
  out.ip[10] = out.ip[11] = std::byte{0xff};
  std::memcpy(out.ip.data() + 12, &ip, 4);
  out.port = ntohs(port_be);
  return out;
}

inline p2p::udp_address from_native(const sockaddr_storage& storage) noexcept {
  if (storage.ss_family == AF_INET) {
    sockaddr_in native;
    std::memcpy(&native, &storage, sizeof native);
    return from_v4(native.sin_addr, native.sin_port);
  }
  sockaddr_in6 native;
  std::memcpy(&native, &storage, sizeof native);
  p2p::udp_address out;
  std::memcpy(out.ip.data(), &native.sin6_addr, out.ip.size());
  out.port = ntohs(native.sin6_port);
  out.scope = native.sin6_scope_id;
  return out;
}

}  // namespace mesh::quic
