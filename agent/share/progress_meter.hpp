// Speed and time left of a transfer, and when it is worth telling somebody.
#pragma once
#include "core/base/clock.hpp"

#include <chrono>
#include <cstdint>
#include <optional>

namespace mesh::share {

class progress_meter {
 public:
  // before: bytes that were there already; no speed is made of them.
  progress_meter(std::uint64_t total, steady_time start, std::uint64_t before = 0) noexcept
      : total_(total),
        start_(start),
        before_(before),
        done_(before),
        sampled_(start),
        sampled_done_(before) {}

  // done bytes in all, never less than before. True when 100 ms have passed since the last time it was, and
  // once when done reaches the total.
  bool update(std::uint64_t done, steady_time now) noexcept;

  // To be called while nothing moves: true, about once a second, when the rate had to be brought down to what
  // the next chunk could still show.
  bool idle(steady_time now) noexcept;

  // Something moved since update() was last true: without more it would never be told.
  bool untold() const noexcept { return done_ != sampled_done_; }
  std::uint64_t done() const noexcept { return done_; }
  std::uint64_t before() const noexcept { return before_; }
  // Bytes per second: the mean since the start, and after two seconds one that forgets in about as long.
  double rate() const noexcept { return rate_; }
  // Absent while nothing moves.
  std::optional<std::chrono::seconds> eta() const noexcept;
  // Bytes per second from start to now, without those from before.
  double mean_rate(steady_time now) const noexcept;
  steady_time start() const noexcept { return start_; }

 private:
  void sample(steady_time now) noexcept;

  std::uint64_t total_;
  steady_time start_;
  std::uint64_t before_;
  std::uint64_t done_;
  steady_time sampled_;
  steady_time slowed_{};
  std::uint64_t sampled_done_;
  double rate_ = 0;
  bool has_rate_ = false;
  bool completed_ = false;
};

}  // namespace mesh::share
