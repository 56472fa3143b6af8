#include "agent/debug/format.hpp"

#include <array>

#include <fmt/format.h>

namespace mesh::debug {
namespace {

constexpr double unit = 1024;

}  // namespace

std::string format_bytes(std::uint64_t count) {
  constexpr std::array names{"KB", "MB", "GB"};
  if (count < 1024) return fmt::format("{} B", count);
  double value = static_cast<double>(count) / unit;
  std::size_t at = 0;
  // 1023.995 would be shown as 1024.00.
  while (value >= 1023.995 && at + 1 < names.size()) {
    value /= unit;
    ++at;
  }
  return fmt::format("{:.2f} {}", value, names[at]);
}

double calculate_speed(std::uint64_t count, double seconds) noexcept {
  return seconds > 0 ? static_cast<double>(count) / (unit * unit) / seconds : 0;
}

std::string format_duration(std::chrono::seconds duration) {
  const auto all = duration.count() < 0 ? 0 : duration.count();
  if (all < 3600) return fmt::format("{}:{:02}", all / 60, all % 60);
  return fmt::format("{}:{:02}:{:02}", all / 3600, all / 60 % 60, all % 60);
}

}  // namespace mesh::debug
