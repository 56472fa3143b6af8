// The C entry points through which ngtcp2 calls a quic_connection.
#pragma once
#include "agent/p2p/quic/quic_connection.hpp"

namespace mesh::quic {

// Number of the path whose synthetic local address this is.
std::uint16_t path_id_of(const ngtcp2_addr& local) noexcept;

struct quic_connection::callbacks {
  static ngtcp2_callbacks table(packet_protection protection, bool server);
};

}  // namespace mesh::quic
