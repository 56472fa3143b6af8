// What every service works with besides its request: a transaction, the time, randomness and the server's own
// facts.
#pragma once
#include "core/base/clock.hpp"
#include "server/auth/keys.hpp"
#include "server/auth/random_source.hpp"
#include "server/models/caller.hpp"
#include "server/models/outgoing.hpp"
#include "server/models/presence.hpp"
#include "server/services/store.hpp"

#include <memory>
#include <string>
#include <vector>

namespace mesh::services {

// What the operator chose and where the server listens.
// public_url: how people reach it, "http://localhost:8000", without a slash at the end.
// loopback_only: nobody from a network can reach it (no foreign address and no public name).
struct settings {
  std::string public_url;
  std::string version;
  bool loopback_only = true;
  bool open_registration = false;
  std::int64_t room_members_max = static_cast<std::int64_t>(limits::room_members_default);
};

struct context {
  transaction& tx;
  wall_time now;
  auth::random_source& random;
  const auth::keys& keys;
  const models::presence& presence;
  const services::settings& settings;
};

// A service's answer and what must be delivered once its transaction has committed.
template <class T>
struct outcome {
  T reply;
  models::effects effects;
};

}  // namespace mesh::services
