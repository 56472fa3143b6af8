#include "agent/share/session_quota.hpp"

#include "core/base/limits.hpp"

#include <algorithm>
#include <chrono>

#include <fmt/format.h>

namespace mesh::share {

result<void> session_quota::reserve(std::uint64_t size) {
  if (limits_.max_size) {
    const auto left = *limits_.max_size - std::min(reserved_, *limits_.max_size);
    if (size > left)
      return fail(errc::size_exceeded,
                  fmt::format("{} bytes offered, the session allows {} more", size, left), "size");
  }
  reserved_ += size;
  return {};
}

void session_quota::give_back(std::uint64_t size, std::uint64_t used) noexcept {
  const auto unused = size - std::min(used, size);
  reserved_ -= std::min(unused, reserved_);
}

void session_quota::refill(steady_time now) noexcept {
  const double rate = static_cast<double>(*limits_.max_rate);
  const double capacity = std::max(rate / 10, static_cast<double>(limits::chunk_bytes));
  if (!refilled_)
    tokens_ = capacity;
  else
    tokens_ += rate * std::chrono::duration<double>(now - *refilled_).count();
  tokens_ = std::min(tokens_, capacity);
  refilled_ = now;
}

std::size_t session_quota::credit(std::size_t wanted, steady_time now) noexcept {
  if (!limits_.max_rate) return wanted;
  refill(now);
  const auto granted = std::min(wanted, static_cast<std::size_t>(std::max(tokens_, 0.0)));
  tokens_ -= static_cast<double>(granted);
  return granted;
}

}  // namespace mesh::share
