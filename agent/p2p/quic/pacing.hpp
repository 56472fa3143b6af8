// Whether the packets of a connection are spread over the round trip or leave as fast as the window allows
// (docs/decisions/0008).
#pragma once
#include <chrono>
#include <optional>

namespace mesh::quic {

class pacing {
 public:
  // Below this a burst is over before the first acknowledgement could come; pacing only costs time (8 %
  // measured).
  static constexpr auto paced_rtt_min = std::chrono::milliseconds(1);

  // min_rtt: the shortest round trip so far; until one was measured nothing is paced. Off for good once the
  // path proves to be a short one: ngtcp2 adds up what was sent since its last pacing call, so pacing cannot
  // be taken up again.
  bool on(std::optional<std::chrono::nanoseconds> min_rtt) noexcept {
    if (!min_rtt || short_path_) return false;
    short_path_ = *min_rtt < paced_rtt_min;
    return !short_path_;
  }
  bool is_off_for_good() const noexcept { return short_path_; }

 private:
  bool short_path_ = false;
};

}  // namespace mesh::quic
