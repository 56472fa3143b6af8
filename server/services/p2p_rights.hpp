// Which capabilities a token between two people may contain: the rule alone, without any database.
#pragma once
#include "core/wire/p2p_bodies.hpp"
#include "server/models/room.hpp"

#include <string>
#include <vector>

namespace mesh::services {

// Who is on which side of the content. For a terminal the sender is the sharer, the receiver its viewer.
struct session_roles {
  models::role sender = models::role::guest;
  models::role receiver = models::role::guest;
};

// The caps of the token; empty when the session is not allowed. Viewing a terminal asks only the viewer's
// role, and terminal:control is added where that role has it; everything else asks both roles.
std::vector<std::string> granted_caps(wire::session_kind kind, const models::grid& grid,
                                      const session_roles& roles);

inline constexpr const char* control_capability = "terminal:control";

// Between two devices of one person nothing is withheld.
std::vector<std::string> own_caps(wire::session_kind kind);

}  // namespace mesh::services
