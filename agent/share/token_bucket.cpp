#include "agent/share/token_bucket.hpp"

#include "core/base/limits.hpp"

#include <algorithm>
#include <chrono>

namespace mesh::share {
namespace {

// A few ticks, so that a thread that was late for some time still reaches the rate.
constexpr double saved_seconds_max = 0.25;

}  // namespace

void token_bucket::set_rate(std::optional<std::uint64_t> rate) noexcept {
  if (rate == rate_) return;
  rate_ = rate;
  tokens_ = 0;
  refilled_.reset();
}

std::size_t token_bucket::allowed(std::size_t wanted, steady_time now) noexcept {
  if (!rate_) return wanted;
  const auto rate = static_cast<double>(*rate_);
  if (refilled_) tokens_ += rate * std::chrono::duration<double>(now - *refilled_).count();
  tokens_ = std::min(tokens_, rate * saved_seconds_max);
  refilled_ = now;
  if (tokens_ < 0) return 0;
  return std::min(wanted, std::max(static_cast<std::size_t>(tokens_), limits::chunk_bytes));
}

void token_bucket::spend(std::size_t count) noexcept {
  if (rate_) tokens_ -= static_cast<double>(count);
}

}  // namespace mesh::share
