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
  // One address is given up for the next after this while others wait; the last one gets longer, for a slow
  // path.
  static constexpr auto patience = std::chrono::milliseconds(250);
  static constexpr auto patience_at_the_end = std::chrono::seconds(2);

  // candidates: of the peer, in its order. old: those it had before, which are tried last.
  address_search(const std::vector<udp_address>& candidates, const std::vector<udp_address>& old);

  // The next to try, when its time has come.
  std::optional<udp_address> next(steady_time now);
  // Nothing was asked there: the one after it need not wait.
  void skip() { next_at_ = {}; }
  // Everything was tried and got its time.
  bool over(steady_time now) const { return at_ == candidates_.size() && now >= next_at_; }

 private:
  std::vector<udp_address> candidates_;
  std::size_t at_ = 0;
  steady_time next_at_{};
};

}  // namespace mesh::p2p
