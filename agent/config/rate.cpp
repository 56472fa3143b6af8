#include "agent/config/rate.hpp"

#include "core/base/limits.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <utility>

#include <fmt/format.h>

namespace mesh::config {
namespace {

constexpr auto units = std::to_array<std::pair<char, std::uint64_t>>(
    {{'G', 1ULL << 30U}, {'M', 1ULL << 20U}, {'K', 1ULL << 10U}});

std::unexpected<error> not_a_rate(std::string_view text) {
  return fail(
      errc::field_invalid,
      fmt::format("\"{}\" is no rate: bytes per second such as 500K, 20M or 1.5G, at least 16K, or off",
                  text.substr(0, 40)),
      "rate");
}

}  // namespace

result<std::optional<std::uint64_t>> parse_rate(std::string_view text) {
  if (text == "off" || text == "0") return std::nullopt;
  double number = 0;
  const auto* const end = text.data() + text.size();
  const auto [rest, code] = std::from_chars(text.data(), end, number, std::chars_format::fixed);
  if (code != std::errc() || !std::isfinite(number)) return not_a_rate(text);
  std::uint64_t unit = 1;
  if (rest != end) {
    for (const auto& [letter, bytes] : units)
      if (*rest == letter || *rest == letter - 'A' + 'a') unit = bytes;
    if (unit == 1 || rest + 1 != end) return not_a_rate(text);
  }
  const auto rate = number * static_cast<double>(unit);
  if (!(rate >= static_cast<double>(limits::rate_bytes_per_second_min) &&
        rate <= static_cast<double>(limits::file_bytes_max)))
    return not_a_rate(text);
  return static_cast<std::uint64_t>(rate);
}

std::string rate_text(std::optional<std::uint64_t> rate) {
  if (!rate) return "off";
  for (const auto& [letter, bytes] : units)
    if (*rate % bytes == 0) return fmt::format("{}{}", *rate / bytes, letter);
  return fmt::format("{}", *rate);
}

}  // namespace mesh::config
