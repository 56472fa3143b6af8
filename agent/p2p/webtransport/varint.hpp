// Variable-length integers of RFC 9000 section 16.
#pragma once
#include "core/base/bytes.hpp"

#include <cstdint>
#include <optional>

namespace mesh::webtransport {

inline constexpr std::uint64_t varint_max = (std::uint64_t{1} << 62) - 1;

// value <= varint_max, in as few bytes as hold it.
void append_varint(bytes& out, std::uint64_t value);
// Takes one off the front of data; nothing, and data unchanged, when it is not all there yet.
std::optional<std::uint64_t> take_varint(bytes_view& data);

}  // namespace mesh::webtransport
