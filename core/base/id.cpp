#include "core/base/id.hpp"

#include <algorithm>

namespace mesh {
namespace {

constexpr std::string_view crockford_digits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

}  // namespace

std::string to_crockford(bytes_view data) {
  std::string text;
  text.reserve((data.size() * 8 + 4) / 5);
  std::uint32_t held = 0;
  int bits = 0;
  for (const auto b : data) {
    held = (held << 8) | static_cast<std::uint8_t>(b);
    for (bits += 8; bits >= 5; bits -= 5) text += crockford_digits[(held >> (bits - 5)) & 31];
  }
  if (bits > 0) text += crockford_digits[(held << (5 - bits)) & 31];
  return text;
}

bool valid_id(std::string_view text, std::string_view prefix) noexcept {
  if (!text.starts_with(prefix) || text.size() != prefix.size() + 26) return false;
  return std::ranges::all_of(text.substr(prefix.size()),
                             [](char c) { return crockford_digits.find(c) != std::string_view::npos; });
}

bool valid_device_id(std::string_view text) noexcept {
  const auto alphanumeric = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  if (text.empty() || text.size() > 63 || !alphanumeric(text.front())) return false;
  return std::ranges::all_of(text,
                             [&](char c) { return alphanumeric(c) || c == '.' || c == '_' || c == '-'; });
}

}  // namespace mesh
