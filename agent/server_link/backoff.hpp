// How long to wait before the next try: doubling, bounded, with full jitter so that a thousand agents do not
// return to a restarted server at the same moment.
#pragma once
#include <chrono>
#include <cstdint>

namespace mesh::server_link {

class backoff {
 public:
  using milliseconds = std::chrono::milliseconds;
  explicit backoff(milliseconds first = milliseconds(500), milliseconds most = milliseconds(30'000))
      : first_(first), most_(most) {}

  // random: uniform over all 32-bit values. The delay is between half of the current bound and all of it.
  milliseconds next(std::uint32_t random);
  // After a connection that worked.
  void reset() { tries_ = 0; }
  unsigned tries() const { return tries_; }

 private:
  milliseconds first_;
  milliseconds most_;
  unsigned tries_ = 0;
};

}  // namespace mesh::server_link
