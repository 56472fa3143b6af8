// QUIC endpoints without sockets: what they send waits in memory until somebody delivers, damages or drops
// it.
#pragma once
#include "agent/p2p/quic/datagram_socket.hpp"

#include <deque>
#include <memory>
#include <vector>

namespace mesh::fuzz {

struct datagram {
  p2p::udp_address from;
  p2p::udp_address to;
  bytes data;
};

class memory_network {
 public:
  // Valid as long as the network is.
  std::unique_ptr<quic::datagram_socket> socket_at(const p2p::udp_address& address);
  // Where nobody has a socket it is lost.
  void deliver(datagram d);

  std::deque<datagram> on_the_way;

 private:
  class socket;
  struct mailbox;
  std::vector<std::shared_ptr<mailbox>> mailboxes_;
};

}  // namespace mesh::fuzz
