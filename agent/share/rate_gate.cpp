#include "agent/share/rate_gate.hpp"

#include <algorithm>

namespace mesh::share {

std::size_t shared_rate::ask(rate_gate& who, std::size_t wanted, steady_time now) {
  const auto granted = line_.empty() || line_.front() == &who ? bucket_.allowed(wanted, now) : 0;
  if (granted == 0 && std::ranges::find(line_, &who) == line_.end()) line_.push_back(&who);
  return granted;
}

void shared_rate::leave(rate_gate& who) noexcept {
  if (!line_.empty()) std::erase(line_, &who);
}

std::size_t rate_gate::ask(std::size_t wanted, steady_time now) {
  for (auto at = rates_.begin(); at != rates_.end() && wanted > 0; ++at) {
    if (!(*at)->rate()) {
      (*at)->leave(*this);
      continue;
    }
    wanted = (*at)->ask(*this, wanted, now);
    // In front of a later rate we would keep others from what we cannot use.
    if (wanted == 0)
      for (auto later = std::next(at); later != rates_.end(); ++later) (*later)->leave(*this);
  }
  waiting_ = wanted == 0;
  return wanted;
}

void rate_gate::spend(std::size_t count, steady_time now) {
  for (const auto& rate : rates_) {
    rate->leave(*this);
    rate->bucket_.spend(count);
    if (!rate->line_.empty() && rate->bucket_.allowed(1, now) > 0) rate->line_.front()->on_turn_();
  }
}

void rate_gate::leave() noexcept {
  waiting_ = false;
  for (const auto& rate : rates_) rate->leave(*this);
}

}  // namespace mesh::share
