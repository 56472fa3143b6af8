// One WebSocket from hello to its end: reads events, answers mistakes, keeps the budget, leaves the hub in
// order.
#pragma once
#include "core/io/task.hpp"
#include "core/net/ws_channel.hpp"
#include "server/ws/hub.hpp"
#include "server/ws/identity.hpp"

#include <memory>
#include <vector>

namespace mesh::ws {

// What the server knows about someone who says hello. who: the identity with the device it may speak for.
// replay: durable events after "since", oldest first, with their seq. resync: the log does not reach back.
struct greeting {
  identity who;
  wire::system_welcome welcome;
  std::vector<wire::event> replay;
  bool resync = false;
};

// What a session needs from the rest of the server; server/app joins it to the services.
class session_backend {
 public:
  virtual ~session_backend() = default;
  // Errors: device_taken, device_revoked, unauthorized …; the connection is then told and closed.
  virtual io::task<result<greeting>> greet(identity who, wire::system_hello hello) = 0;
  // Everything but system.*: decides, stores and delivers. Errors go back to the sender as system.error.
  virtual io::task<result<void>> handle(identity who, wire::event event) = 0;
  // After a connection joined the hub, and after it left (gone: it was the last of this device or person).
  virtual void came(const identity& who) = 0;
  virtual void went(const identity& who) = 0;
};

// Serves the channel until it ends. first_within: time for system.hello.
io::task<> serve_session(std::unique_ptr<net::ws_channel> channel, identity who, hub& everybody,
                         session_backend& backend, std::chrono::milliseconds first_within);

}  // namespace mesh::ws
