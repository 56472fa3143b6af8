// The real UDP sockets: IPv4 and IPv6 on one port.
#pragma once
#include "agent/p2p/quic/datagram_socket.hpp"

#include <memory>
#include <vector>

namespace mesh::quic {

struct udp_sockets {
  std::uint16_t port = 0;
  std::vector<std::unique_ptr<datagram_socket>> sockets;  // v4, then v6 where the machine has it
};

// port 0: a free one, the same for both families. loopback_only: 127.0.0.1 and ::1. Errors: port_in_use
// (names the option that changes it), io.
result<udp_sockets> open_udp_sockets(std::uint16_t port, bool loopback_only);

}  // namespace mesh::quic
