#include "agent/p2p/webtransport/error_code.hpp"

#include "agent/p2p/close_code.hpp"

namespace mesh::webtransport {
namespace {

constexpr std::uint64_t first = 0x52e4a40fa8db;
constexpr std::uint64_t last = 0x52e5ac983162;
// One code point of 31 is reserved (RFC 9114 section 8.1: 0x1f * N + 0x21).
constexpr std::uint64_t usable_in_a_row = 0x1e;

}  // namespace

std::uint64_t to_http3(std::uint32_t n) noexcept {
  return first + n + n / usable_in_a_row;
}

std::optional<std::uint32_t> from_http3(std::uint64_t code) noexcept {
  if (code < first || code > last || (code - 0x21) % 0x1f == 0) return std::nullopt;
  const auto shifted = code - first;
  return static_cast<std::uint32_t>(shifted - shifted / 0x1f);
}

error meaning_of(std::uint64_t code) {
  return p2p::close_code::to_error(from_http3(code).value_or(p2p::close_code::canceled));
}

}  // namespace mesh::webtransport
