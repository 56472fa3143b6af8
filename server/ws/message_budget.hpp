// How many messages a connection may send: a token bucket, so that a burst passes and a flood does not.
#pragma once
#include "core/base/clock.hpp"

#include <algorithm>

namespace mesh::ws {

class message_budget {
 public:
  message_budget(double per_second, double burst, steady_time now)
      : per_second_(per_second), burst_(burst), left_(burst), at_(now) {}

  // True when one more message may pass now.
  bool take(steady_time now) {
    const auto passed = std::chrono::duration<double>(now - at_).count();
    at_ = now;
    left_ = std::min(burst_, left_ + passed * per_second_);
    if (left_ < 1) return false;
    left_ -= 1;
    return true;
  }

 private:
  double per_second_;
  double burst_;
  double left_;
  steady_time at_;
};

}  // namespace mesh::ws
