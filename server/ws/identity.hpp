// Who stands behind a WebSocket, as established before the upgrade was accepted and completed by
// system.hello.
#pragma once
#include "server/models/caller.hpp"

#include <string>

namespace mesh::ws {

// caller.device: the device this connection speaks for. kind: "agent", "browser" or "api". status: "online",
// "away" or "dnd", one for all connections of a device. The connection lives as long as the login: a token's
// own end only bounds when it may open one, and ending the login closes it (models::disconnect).
struct identity {
  models::caller caller;
  std::string kind;
  std::string remote_address;
  std::string status = "online";
};

}  // namespace mesh::ws
