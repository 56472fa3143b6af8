// What anybody can send to an endpoint: a QUIC Initial packet, whose keys follow from the id it names (RFC
// 9001 section 5.2), with any frames inside.
#pragma once
#include "core/base/bytes.hpp"

#include <cstdint>

namespace mesh::fuzz {

// A client's packet in a datagram of at least 1200 bytes; frames too long for one are cut.
bytes initial_packet(bytes_view destination_id, bytes_view token, std::uint32_t number, bytes_view frames);

}  // namespace mesh::fuzz
