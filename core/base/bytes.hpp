// Bytes and their text forms: hex, base64url without padding (RFC 4648 section 5), big-endian integers.
#pragma once
#include "core/base/error.hpp"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mesh {

using bytes = std::vector<std::byte>;
using bytes_view = std::span<const std::byte>;

inline bytes_view as_bytes(std::string_view text) {
  return std::as_bytes(std::span(text));
}
inline std::string_view as_text(bytes_view data) {
  return {reinterpret_cast<const char*>(data.data()), data.size()};
}
inline bytes to_bytes(bytes_view data) {
  return {data.begin(), data.end()};
}

std::string to_hex(bytes_view data);
// Errors: field_invalid on an odd length or a character outside [0-9a-fA-F].
result<bytes> from_hex(std::string_view text);

std::string to_base64url(bytes_view data);
// Strict: no padding, no white space, no non-zero trailing bits. Errors: field_invalid.
result<bytes> from_base64url(std::string_view text);

// Equal content in time that depends on the length only.
bool equal_constant_time(bytes_view a, bytes_view b) noexcept;

template <std::unsigned_integral T>
void put_be(std::byte* out, T value) {
  for (std::size_t i = 0; i < sizeof(T); ++i)
    out[i] = static_cast<std::byte>(value >> (8 * (sizeof(T) - 1 - i)));
}

template <std::unsigned_integral T>
void append_be(bytes& out, T value) {
  out.resize(out.size() + sizeof(T));
  put_be(out.data() + out.size() - sizeof(T), value);
}

// data must hold at least sizeof(T) bytes.
template <std::unsigned_integral T>
T get_be(const std::byte* data) {
  T value = 0;
  for (std::size_t i = 0; i < sizeof(T); ++i)
    value = static_cast<T>((static_cast<std::uint64_t>(value) << 8) | static_cast<std::uint8_t>(data[i]));
  return value;
}

}  // namespace mesh
