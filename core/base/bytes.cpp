#include "core/base/bytes.hpp"

#include <array>

namespace mesh {
namespace {

constexpr std::string_view hex_digits = "0123456789abcdef";
constexpr std::string_view base64url_digits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

constexpr std::array<std::int8_t, 256> base64url_values = [] {
  std::array<std::int8_t, 256> table{};
  table.fill(-1);
  for (std::size_t i = 0; i < base64url_digits.size(); ++i)
    table[static_cast<std::uint8_t>(base64url_digits[i])] = static_cast<std::int8_t>(i);
  return table;
}();

}  // namespace

std::string to_hex(bytes_view data) {
  std::string text;
  text.reserve(data.size() * 2);
  for (const auto b : data) {
    text += hex_digits[static_cast<std::uint8_t>(b) >> 4];
    text += hex_digits[static_cast<std::uint8_t>(b) & 15];
  }
  return text;
}

result<bytes> from_hex(std::string_view text) {
  if (text.size() % 2 != 0) return fail(errc::field_invalid, "hex text has an odd length");
  bytes data;
  data.reserve(text.size() / 2);
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = hex_value(text[i]);
    const int low = hex_value(text[i + 1]);
    if (high < 0 || low < 0) return fail(errc::field_invalid, "not a hex digit");
    data.push_back(static_cast<std::byte>(high * 16 + low));
  }
  return data;
}

std::string to_base64url(bytes_view data) {
  std::string text;
  text.reserve((data.size() * 4 + 2) / 3);
  std::uint32_t held = 0;
  int bits = 0;
  for (const auto b : data) {
    held = (held << 8) | static_cast<std::uint8_t>(b);
    for (bits += 8; bits >= 6; bits -= 6) text += base64url_digits[(held >> (bits - 6)) & 63];
  }
  if (bits > 0) text += base64url_digits[(held << (6 - bits)) & 63];
  return text;
}

result<bytes> from_base64url(std::string_view text) {
  if (text.size() % 4 == 1) return fail(errc::field_invalid, "base64url text has an impossible length");
  bytes data;
  data.reserve(text.size() * 3 / 4);
  std::uint32_t held = 0;
  int bits = 0;
  for (const char c : text) {
    const auto value = base64url_values[static_cast<std::uint8_t>(c)];
    if (value < 0) return fail(errc::field_invalid, "not a base64url character");
    held = (held << 6) | static_cast<std::uint32_t>(value);
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      data.push_back(static_cast<std::byte>(held >> bits));
    }
  }
  if ((held & ((1U << bits) - 1)) != 0) return fail(errc::field_invalid, "base64url text has stray bits");
  return data;
}

bool equal_constant_time(bytes_view a, bytes_view b) noexcept {
  if (a.size() != b.size()) return false;
  unsigned difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i) difference |= static_cast<unsigned>(a[i] ^ b[i]);
  return difference == 0;
}

}  // namespace mesh
