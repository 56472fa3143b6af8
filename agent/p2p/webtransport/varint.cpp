#include "agent/p2p/webtransport/varint.hpp"

namespace mesh::webtransport {

void append_varint(bytes& out, std::uint64_t value) {
  const unsigned power = value < (1U << 6) ? 0 : value < (1U << 14) ? 1 : value < (1U << 30) ? 2 : 3;
  const std::size_t size = std::size_t{1} << power;
  for (std::size_t i = size; i-- > 0;) {
    auto octet = static_cast<std::uint8_t>(value >> (8 * i));
    if (i == size - 1) octet = static_cast<std::uint8_t>(octet | power << 6);
    out.push_back(std::byte{octet});
  }
}

std::optional<std::uint64_t> take_varint(bytes_view& data) {
  if (data.empty()) return std::nullopt;
  const auto first = std::to_integer<std::uint64_t>(data[0]);
  const std::size_t size = std::size_t{1} << (first >> 6);
  if (data.size() < size) return std::nullopt;
  std::uint64_t value = first & 0x3f;
  for (std::size_t i = 1; i < size; ++i) value = value << 8 | std::to_integer<std::uint64_t>(data[i]);
  data = data.subspan(size);
  return value;
}

}  // namespace mesh::webtransport
