#include "server/services/p2p_rights.hpp"

#include "core/capability/claims.hpp"

namespace mesh::services {

std::vector<std::string> granted_caps(wire::session_kind kind, const models::grid& grid,
                                      const session_roles& roles) {
  const std::string needed(capability::cap_of(kind));
  if (!grid.allows(roles.receiver, needed)) return {};
  std::vector<std::string> caps{needed};
  if (kind == wire::session_kind::terminal) {
    if (grid.allows(roles.receiver, control_capability)) caps.emplace_back(control_capability);
  } else if (!grid.allows(roles.sender, needed)) {
    return {};
  }
  return caps;
}

std::vector<std::string> own_caps(wire::session_kind kind) {
  std::vector<std::string> caps{std::string(capability::cap_of(kind))};
  if (kind == wire::session_kind::terminal) caps.emplace_back(control_capability);
  return caps;
}

}  // namespace mesh::services
