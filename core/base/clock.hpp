// Time as an argument: pure code takes a time_point, only the edges read a clock.
#pragma once
#include "core/base/error.hpp"

#include <chrono>
#include <string>
#include <string_view>

namespace mesh {

// Wall-clock time in milliseconds since the Unix epoch.
using wall_time = std::chrono::sys_time<std::chrono::milliseconds>;
using steady_time = std::chrono::steady_clock::time_point;

wall_time wall_now() noexcept;
inline steady_time steady_now() noexcept {
  return std::chrono::steady_clock::now();
}

inline std::int64_t unix_seconds(wall_time t) {
  return std::chrono::floor<std::chrono::seconds>(t).time_since_epoch().count();
}
inline std::int64_t unix_milliseconds(wall_time t) {
  return t.time_since_epoch().count();
}
inline wall_time from_unix_milliseconds(std::int64_t ms) {
  return wall_time(std::chrono::milliseconds(ms));
}
inline wall_time from_unix_seconds(std::int64_t s) {
  return wall_time(std::chrono::seconds(s));
}

// RFC 3339, always UTC: "2026-01-04T23:00:00.000Z".
std::string format_rfc3339(wall_time t);
// RFC 3339 without fraction: "2026-01-04T23:00:00Z".
std::string format_rfc3339_seconds(wall_time t);
// Accepts "YYYY-MM-DDTHH:MM:SS[.fraction]Z". Errors: field_invalid.
result<wall_time> parse_rfc3339(std::string_view text);

}  // namespace mesh
