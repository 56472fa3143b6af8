// Whether the first packet of a stranger gets memory, a Retry that proves its address first, or nothing.
#pragma once
#include "core/base/clock.hpp"

#include <cstddef>
#include <cstdint>

namespace mesh::quic {

// always_retry: every address is proven first, also when idle.
struct admission_policy {
  std::size_t connections_max = 256;
  std::size_t handshakes_max = 64;  // in progress; each costs about 40 KB and a signature
  std::size_t handshakes_unproven_max = 8;
  bool always_retry = false;
};

enum class verdict : std::uint8_t { admit, retry, drop };

// expected: somebody may come at all. proven: the packet carries a valid token of ours.
struct arrival {
  bool expected = false;
  bool proven = false;
  std::size_t connections = 0;
  std::size_t handshakes = 0;
};

verdict judge(const admission_policy& policy, const arrival& a) noexcept;

// Answers to packets that belong to no connection (Retry, version negotiation, stateless reset): so many a
// second, that a forged source address gains nothing.
class answer_budget {
 public:
  static constexpr double answers_per_second = 200;
  static constexpr double burst_max = 200;

  bool take(steady_time now) noexcept;

 private:
  double left_ = burst_max;
  steady_time filled_{};
};

}  // namespace mesh::quic
