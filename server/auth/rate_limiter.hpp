// Limits how often one key (an address, an account) may do something: the generic cell rate algorithm (ITU-T
// I.371), which needs one time stamp a key.
#pragma once
#include "core/base/clock.hpp"

#include <cstddef>
#include <string>
#include <unordered_map>

namespace mesh::auth {

// burst uses at once, then one every interval.
struct rate {
  std::chrono::milliseconds interval;
  int burst = 1;
};

class rate_limiter {
 public:
  static constexpr std::size_t keys_max = 16 * 1024;

  explicit rate_limiter(rate allowed, std::size_t keys = keys_max) : allowed_(allowed), keys_max_(keys) {}

  // Counts one use. Zero: go ahead. Otherwise: refused, and after how long the next try can succeed. With a
  // full table of busy keys an unknown key is refused too: memory stays bounded, whoever asks.
  std::chrono::milliseconds take(const std::string& key, steady_time now);
  // Takes back one use, for what turned out to be harmless.
  void give_back(const std::string& key);
  // Forgets one key.
  void clear(const std::string& key) { due_.erase(key); }

  std::size_t size() const noexcept { return due_.size(); }

 private:
  void forget_idle(steady_time now);

  rate allowed_;
  std::size_t keys_max_;
  steady_time next_sweep_{};
  std::unordered_map<std::string, steady_time> due_;  // theoretical arrival time of the next use
};

// What an address counts as: an IPv4 address itself, of IPv6 the /64 that one subscriber has; IPv4 in IPv6 is
// IPv4.
std::string address_key(const std::string& ip);

}  // namespace mesh::auth
