// Bytes per second: what may move now, and what was moved too early is paid back by waiting.
#pragma once
#include "core/base/clock.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>

namespace mesh::share {

class token_bucket {
 public:
  // Absent: no bound.
  explicit token_bucket(std::optional<std::uint64_t> rate = {}) noexcept : rate_(rate) {}

  std::optional<std::uint64_t> rate() const noexcept { return rate_; }
  // Holds from now on; what was owed or saved under the rate before is forgotten.
  void set_rate(std::optional<std::uint64_t> rate) noexcept;

  // How many of `wanted` bytes may move now; 0 while something is owed. A chunk may always be begun, so that
  // in all no more moves than the rate allows and one chunk; idle time is not saved up beyond a quarter of a
  // second.
  std::size_t allowed(std::size_t wanted, steady_time now) noexcept;
  // count bytes were moved.
  void spend(std::size_t count) noexcept;

 private:
  std::optional<std::uint64_t> rate_;
  double tokens_ = 0;  // below 0: owed
  std::optional<steady_time> refilled_;
};

}  // namespace mesh::share
