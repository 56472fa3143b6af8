#include "agent/debug/format.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include <fmt/format.h>

namespace mesh::debug {
namespace {

constexpr double unit = 1024;

// The decimal mark, and between number and unit a space at which no line ends.
std::string measure(double value, std::string_view name, text::language in) {
  auto number = fmt::format("{:.2f}", value);
  if (in != text::language::fr) return fmt::format("{} {}", number, name);
  std::ranges::replace(number, '.', ',');
  return fmt::format("{}\u00A0{}", number, name);
}

}  // namespace

std::string format_bytes(std::uint64_t count, text::language in) {
  const bool french = in == text::language::fr;
  if (count < 1024) return french ? fmt::format("{}\u00A0o", count) : fmt::format("{} B", count);
  constexpr std::array english{"KB", "MB", "GB"};
  constexpr std::array others{"Ko", "Mo", "Go"};
  double value = static_cast<double>(count) / unit;
  std::size_t at = 0;
  // 1023.995 would be shown as 1024.00.
  while (value >= 1023.995 && at + 1 < english.size()) {
    value /= unit;
    ++at;
  }
  return measure(value, french ? others[at] : english[at], in);
}

std::string format_seconds(double count, text::language in) {
  return measure(count, "s", in);
}

std::string format_milliseconds(double count, text::language in) {
  return measure(count, "ms", in);
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
