#include "agent/p2p/address_search.hpp"

#include <algorithm>

namespace mesh::p2p {

address_search::address_search(const std::vector<udp_address>& candidates,
                               const std::vector<udp_address>& old) {
  for (const bool wanted_new : {true, false})
    for (const auto& a : candidates)
      if ((std::ranges::find(old, a) == old.end()) == wanted_new) candidates_.push_back(a);
}

std::optional<udp_address> address_search::next(steady_time now) {
  if (at_ == candidates_.size() || (asked_at_ && now < *asked_at_ + patience)) return std::nullopt;
  return candidates_[at_++];
}

}  // namespace mesh::p2p
