#include "agent/p2p/quic/connection_id.hpp"

#include "core/crypto/random.hpp"

#include <algorithm>

namespace mesh::quic {
namespace {

constexpr std::uint32_t stun_cookie = 0x2112A442;
// The cookie stands in bytes 4 to 7 of a datagram; a connection id begins at byte 1.
constexpr std::size_t cookie_place = 3;

}  // namespace

connection_id::connection_id(bytes_view from) noexcept : size(static_cast<std::uint8_t>(from.size())) {
  std::ranges::copy(from, data.begin());
}

bool resembles_stun(bytes_view id) noexcept {
  return id.size() >= cookie_place + 4 && get_be<std::uint32_t>(id.data() + cookie_place) == stun_cookie;
}

void fill_connection_id(std::span<std::byte> out) noexcept {
  do {
    crypto::fill_random(out);
  } while (resembles_stun(out));
}

}  // namespace mesh::quic
