// One direction of a bad network: when each datagram comes out at the other end, if at all. Pure; the same
// seed and the same arrivals give the same answers.
#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <random>

namespace mesh::net_test {

using instant = std::chrono::steady_clock::time_point;

// Shares are 0 to 1. rate: bits per second, 0: endless. queue: bytes that wait for a busy link before
// datagrams are dropped. jitter: added to delay, evenly spread; it never changes the order. reorder: share of
// datagrams that overtake those before them, by half the delay. mtu: longer datagrams vanish.
struct impairment {
  std::chrono::microseconds delay{0};
  std::chrono::microseconds jitter{0};
  double loss = 0;
  double reorder = 0;
  double rate = 0;
  std::size_t queue = 1'000'000;
  std::size_t mtu = 1'472;
};

class impaired_link {
 public:
  impaired_link(impairment what, std::uint32_t seed) : what_(what), random_(seed) {}

  // When a datagram of size bytes that enters now leaves; nothing when it is lost.
  std::optional<instant> enter(std::size_t size, instant now);

  std::uint64_t lost() const noexcept { return lost_; }            // by chance or size
  std::uint64_t overflown() const noexcept { return overflown_; }  // the queue was full

 private:
  bool happens(double share) { return share > 0 && std::uniform_real_distribution<>(0, 1)(random_) < share; }

  impairment what_;
  std::mt19937 random_;
  instant free_at_{};  // when the link has sent everything that waits
  instant last_out_{};
  std::uint64_t lost_ = 0;
  std::uint64_t overflown_ = 0;
};

}  // namespace mesh::net_test
