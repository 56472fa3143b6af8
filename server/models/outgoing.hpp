// What a service wants delivered after its transaction committed. Services return these; nothing below calls
// upward.
#pragma once
#include "core/base/id.hpp"
#include "core/wire/event.hpp"
#include "server/models/session_activity.hpp"

#include <optional>
#include <vector>

namespace mesh::models {

// One event and who gets it. users: every connected device of these people. devices: exactly these devices.
// A durable event was already written to each user's log inside the transaction: seqs[i] is its position in
// the log of users[i]. except: a connection's device that must not get its own event back. to_agents: false
// when of users only connections that are no agent's get it.
struct outgoing {
  wire::event event;
  std::vector<user_id> users;
  std::vector<device_id> devices;
  std::vector<std::int64_t> seqs;
  std::optional<device_id> except;
  bool to_agents = true;
};

// Something the hub must do besides delivering: close sockets whose right to be there ended.
struct disconnect {
  std::optional<user_id> user;
  std::optional<device_id> device;
  std::optional<login_id> login;
  std::string reason;  // machine word, sent as system.error before the close
};

struct effects {
  std::vector<outgoing> events;
  std::vector<disconnect> disconnects;
  std::vector<session_activity> activities;
};

}  // namespace mesh::models
