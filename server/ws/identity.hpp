// Who stands behind a WebSocket, as established before the upgrade was accepted.
#pragma once
#include "core/base/id.hpp"

#include <optional>
#include <string>

namespace mesh::ws {

// kind: "agent", "browser" or "api". The connection lives as long as the login: a token's own end only bounds
// when it may open one, and ending the login closes it (models::disconnect).
struct identity {
  user_id user;
  std::string username;
  login_id login;
  std::optional<device_id> device;
  std::string kind;
  std::string remote_address;
};

}  // namespace mesh::ws
