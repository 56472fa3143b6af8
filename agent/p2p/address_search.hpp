// Where a peer is that told of other addresses while a connection to it runs: which of them to try next, and
// for how long. No clock and no socket.
#pragma once
#include "agent/p2p/udp_address.hpp"
#include "core/base/clock.hpp"

#include <chrono>
#include <optional>
#include <vector>

namespace mesh::p2p {

class address_search {
 public:
  // One address is given up for the next after this while others wait; the last one that was asked gets
  // longer, for a slow path or a busy machine.
  static constexpr auto patience = std::chrono::milliseconds(250);
  static constexpr auto patience_at_the_end = std::chrono::seconds(2);

  // candidates: of the peer, in its order. old: those it had before, which are tried last.
  address_search(const std::vector<udp_address>& candidates, const std::vector<udp_address>& old);

  // The next to try, when its time has come. One that cannot be asked (no way leads there) costs no time.
  std::optional<udp_address> next(steady_time now);
  // Something was sent there.
  void asked(steady_time now) { asked_at_ = now; }
  // Everything was tried and got its time.
  bool over(steady_time now) const {
    return at_ == candidates_.size() && (!asked_at_ || now >= *asked_at_ + patience_at_the_end);
  }

 private:
  std::vector<udp_address> candidates_;
  std::size_t at_ = 0;
  std::optional<steady_time> asked_at_;  // the last time
};

}  // namespace mesh::p2p
