// A socket on a bad network: loses, repeats, reorders and damages what it sends, the same way for the same
// seed.
#pragma once
#include "agent/p2p/quic/datagram_socket.hpp"

#include <cstdint>
#include <memory>
#include <random>
#include <vector>

namespace mesh::quic::test {

// Shares of all datagrams, 0 to 1. mtu: longer ones vanish.
struct faults {
  double loss = 0;
  double repeat = 0;
  double delay = 0;  // until after one of the next datagrams
  double damage = 0;
  std::size_t mtu = 65'535;
  double full = 0;      // of calls: the kernel takes only the first datagrams, or none
  bool silent = false;  // everything vanishes
  int attempts = 0;     // datagrams that were to be sent
};

class bad_socket final : public datagram_socket {
 public:
  bad_socket(std::unique_ptr<datagram_socket> real, std::shared_ptr<faults> what, std::uint32_t seed)
      : real_(std::move(real)), faults_(std::move(what)), random_(seed) {}

  int descriptor() const noexcept override { return real_->descriptor(); }
  std::span<const received_datagrams> receive(receive_buffer& into) override { return real_->receive(into); }
  std::size_t send(const outgoing_datagrams& what) override;
  std::optional<p2p::udp_address> next_refusal() override { return real_->next_refusal(); }

 private:
  bool happens(double share) { return std::uniform_real_distribution<>(0, 1)(random_) < share; }
  void send_one(const outgoing_datagrams& what, bytes data);

  std::unique_ptr<datagram_socket> real_;
  std::shared_ptr<faults> faults_;
  std::mt19937 random_;
  std::vector<bytes> held_;
};

}  // namespace mesh::quic::test
