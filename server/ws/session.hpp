// One WebSocket from hello to its end: reads events, answers mistakes, keeps the budget, leaves the hub in
// order.
#pragma once
#include "core/io/task.hpp"
#include "core/net/ws_channel.hpp"
#include "server/ws/hub.hpp"
#include "server/ws/identity.hpp"
#include "server/ws/router.hpp"

#include <memory>
#include <vector>

namespace mesh::ws {

// What the server knows about someone who says hello. who: with the device and kind it may speak for. first:
// welcome, then what was missed or system.resync. covered: position in the person's log that first told up
// to.
struct greeting {
  identity who;
  announced what;
  std::vector<wire::event> first;
  std::int64_t covered = 0;
};

// What a session needs from the rest of the server; server/app joins it to the services.
class session_backend {
 public:
  virtual ~session_backend() = default;
  // Errors: field_*, device_taken, forbidden …; the connection is told and closed.
  virtual io::task<result<greeting>> greet(identity who, wire::event hello) = 0;
  // A device (or, without one, a kind of client) of a person is connected from now on, or no longer.
  virtual void came(const identity& who) = 0;
  virtual void went(const identity& who) = 0;
  // Terminals that a device shared and shares no longer, since its connection is gone.
  virtual void lost(const identity& who, std::vector<wire::terminal_offer> terminals) = 0;
  // Of an event that was received or is about to be sent as an answer.
  virtual void count_event_in() = 0;
};

// hello_within: time for system.hello. events_per_second, events_burst: a person types and an agent reports
// progress; a flood of more is a mistake or an attack. mistakes_max: refused events in a row after which a
// client is not worth answering. waiting_max: answers that wait for others at one time (route::waits).
struct session_limits {
  std::chrono::milliseconds hello_within = std::chrono::seconds(10);
  double events_per_second = 50;
  double events_burst = 200;
  int mistakes_max = 100;
  std::size_t waiting_max = 8;
};

// Serves the channel until it ends. everybody, routes and backend outlive it.
io::task<> serve_session(std::unique_ptr<net::ws_channel> channel, identity who, hub& everybody,
                         const router& routes, session_backend& backend, session_limits bounds = {});

// {"type":"system.error","payload":{"code","message","field"?}}, answering the event about, if there is one.
wire::event error_event(const error& why, const wire::event* about);

}  // namespace mesh::ws
