// A session between two devices as the rest of the agent sees it: what the token says, and which side this
// is.
#pragma once
#include "agent/p2p/udp_address.hpp"
#include "core/capability/claims.hpp"

namespace mesh::p2p {

// claims were verified: signature, time, both devices and keys, session, kind, capability.
struct session_info {
  capability::claims claims;
  capability::role own_role = capability::role::target;
  udp_address peer_address;
  bool relayed = false;  // by the server, which cannot read it; peer_address says nothing then

  const mesh::session_id& id() const noexcept { return claims.session_id; }
  const capability::party& self() const noexcept { return claims.side(own_role); }
  const capability::party& peer() const noexcept {
    return claims.side(own_role == capability::role::initiator ? capability::role::target
                                                               : capability::role::initiator);
  }
  // This side sends the content (file, terminal output); the peer receives it.
  bool sends() const noexcept { return claims.sender == own_role; }
};

}  // namespace mesh::p2p
