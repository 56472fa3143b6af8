// A path as ngtcp2 sees it. Included by .cpp files of this folder only.
#pragma once
#include "agent/p2p/quic/path_table.hpp"
#include "agent/p2p/quic/socket_address.hpp"

#include <ngtcp2/ngtcp2.h>

namespace mesh::quic {

// The paths that ngtcp2 sees, in memory of its own.
struct native_path {
  socket_address local;
  socket_address remote;

  explicit native_path(std::uint16_t id) noexcept
      : local(to_v6(synthetic_local(id))), remote(to_v6(synthetic_remote(id))) {}
  ngtcp2_path get() noexcept {
    return {{local.native(), local.size}, {remote.native(), remote.size}, nullptr};
  }
};

}  // namespace mesh::quic
