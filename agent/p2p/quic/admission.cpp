#include "agent/p2p/quic/admission.hpp"

#include <algorithm>

namespace mesh::quic {

verdict judge(const admission_policy& policy, const arrival& a) noexcept {
  if (!a.expected || a.connections >= policy.connections_max || a.handshakes >= policy.handshakes_max)
    return verdict::drop;
  if (a.proven) return verdict::admit;
  return policy.always_retry || a.handshakes >= policy.handshakes_unproven_max ? verdict::retry
                                                                               : verdict::admit;
}

bool answer_budget::take(steady_time now) noexcept {
  const std::chrono::duration<double> passed = now - filled_;
  filled_ = now;
  left_ = std::min(burst_max, left_ + std::max(passed.count(), 0.0) * answers_per_second);
  if (left_ < 1) return false;
  left_ -= 1;
  return true;
}

}  // namespace mesh::quic
