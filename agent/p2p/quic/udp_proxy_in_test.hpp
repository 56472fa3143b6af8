// A NAT between two endpoints of a test: the dialing one sends to its inward port, the other one sees its
// outward port, which changes when the NAT forgets what it knew.
#pragma once
#include "agent/p2p/udp_address.hpp"
#include "core/io/loop.hpp"

#include <cstdint>
#include <memory>

namespace mesh::quic::test {

class udp_proxy {
 public:
  udp_proxy(io::loop& loop, std::uint16_t target_port);
  udp_proxy(const udp_proxy&) = delete;
  udp_proxy& operator=(const udp_proxy&) = delete;
  ~udp_proxy();

  p2p::udp_address address() const;
  std::uint16_t outward_port() const;
  void rebind();
  // From now on nothing passes, in either direction.
  void cut() { passes_ = false; }

 private:
  struct leg;
  void listen(std::shared_ptr<leg> on);
  std::shared_ptr<leg> open(std::uint16_t target_port);

  io::loop& loop_;
  std::uint16_t target_port_;
  bool passes_ = true;
  std::shared_ptr<leg> inward_, outward_;
};

}  // namespace mesh::quic::test
