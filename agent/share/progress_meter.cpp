#include "agent/share/progress_meter.hpp"

#include "core/base/limits.hpp"

#include <algorithm>
#include <cmath>

namespace mesh::share {
namespace {

constexpr double memory_seconds = 2;
constexpr std::chrono::seconds idle_interval(1);

double seconds(steady_time::duration d) noexcept {
  return std::chrono::duration<double>(d).count();
}

}  // namespace

void progress_meter::sample(steady_time now) noexcept {
  const double elapsed = seconds(now - sampled_);
  if (elapsed <= 0) return;
  const double current = static_cast<double>(done_ - sampled_done_) / elapsed;
  // A mean since the start until there is more than the memory holds: one first sample is no speed yet.
  const double weight = std::max(elapsed / seconds(now - start_), 1 - std::exp(-elapsed / memory_seconds));
  rate_ += weight * (current - rate_);
  has_rate_ = true;
  sampled_ = now;
  sampled_done_ = done_;
}

bool progress_meter::update(std::uint64_t done, steady_time now) noexcept {
  done_ = std::max(done_, done);
  const bool complete = done_ >= total_ && !completed_;
  if (!complete && now - sampled_ < limits::transfer_progress_interval) return false;
  if (completed_) return false;
  completed_ = complete;
  sample(now);
  return true;
}

bool progress_meter::idle(steady_time now) noexcept {
  if (!has_rate_ || completed_ || untold() || now - std::max(sampled_, slowed_) < idle_interval) return false;
  const double possible = static_cast<double>(limits::chunk_bytes) / seconds(now - sampled_);
  if (rate_ <= possible) return false;
  rate_ = possible;
  slowed_ = now;
  return true;
}

std::optional<std::chrono::seconds> progress_meter::eta() const noexcept {
  if (done_ >= total_) return std::chrono::seconds(0);
  // Slower than a byte a second is no movement that a time could be promised for.
  if (rate_ < 1) return std::nullopt;
  constexpr double longest = 366.0 * 24 * 3600;
  const double left = std::ceil(static_cast<double>(total_ - done_) / rate_);
  if (left > longest) return std::nullopt;
  return std::chrono::seconds(static_cast<std::int64_t>(left));
}

double progress_meter::mean_rate(steady_time now) const noexcept {
  const double elapsed = seconds(now - start_);
  return elapsed > 0 ? static_cast<double>(done_ - before_) / elapsed : 0;
}

}  // namespace mesh::share
