#include "agent/p2p/quic/bad_network_in_test.hpp"

#include <algorithm>

namespace mesh::quic::test {

std::size_t bad_socket::send(const outgoing_datagrams& what) {
  std::size_t taken = what.data.size();
  if (happens(faults_->full)) taken = random_() % (taken / what.segment + 1) * what.segment;
  for (auto rest = what.data.first(taken); !rest.empty();) {
    const auto one = rest.first(std::min(what.segment, rest.size()));
    send_one(what, to_bytes(one));
    rest = rest.subspan(one.size());
  }
  return taken;
}

void bad_socket::send_one(const outgoing_datagrams& what, bytes data) {
  ++faults_->attempts;
  if (faults_->silent || data.size() > faults_->mtu || happens(faults_->loss)) return;
  if (happens(faults_->damage)) data[random_() % data.size()] ^= std::byte{0x40};
  if (happens(faults_->delay)) {
    held_.push_back(std::move(data));
    return;
  }
  const auto put = [&](const bytes& d) {
    (void)real_->send({.to = what.to, .from_ip = what.from_ip, .data = d, .segment = d.size()});
  };
  put(data);
  if (happens(faults_->repeat)) put(data);
  for (const auto& late : std::exchange(held_, {})) put(late);
}

}  // namespace mesh::quic::test
