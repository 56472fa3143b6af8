// Everybody who is connected, and the delivery of events to them. Lives on the network thread; no sockets in
// here: a connection is an abstract link, so that the rules are tested without any.
#pragma once
#include "core/base/id.hpp"
#include "core/wire/p2p_bodies.hpp"
#include "core/wire/payloads.hpp"
#include "server/models/outgoing.hpp"
#include "server/models/presence.hpp"
#include "server/ws/activity_book.hpp"
#include "server/ws/identity.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace mesh::ws {

// RFC 6455 section 7.4.1.
enum class close_code : std::uint16_t { normal = 1000, going_away = 1001, policy = 1008 };

// One WebSocket as the hub sees it. Neither call blocks nor calls back into the hub.
class link {
 public:
  virtual ~link() = default;
  // False when the receiver is too slow and its queue is full; the hub then closes it.
  virtual bool send(std::string text) = 0;
  virtual void close(close_code code, std::string_view reason) = 0;
};

// What a connected device said about itself in hello, p2p.candidates and terminal.shared.
struct announced {
  std::uint16_t quic_port = 0;
  std::vector<wire::candidate> candidates;
  std::int64_t candidates_gen = 0;
  std::optional<wire::webtransport_info> webtransport = {};
  std::vector<wire::terminal_offer> terminals = {};
};

using connection_id = std::uint64_t;

class hub {
 public:
  // now: wall clock for timestamps. new_event_id: makes unique event ids.
  hub(std::function<wall_time()> now, std::function<event_id()> new_event_id);

  // A connection that is being greeted. It counts for nobody's presence and gets nothing yet, but what is
  // delivered to its person from now on is kept for it: nothing falls between the greeting's reading of the
  // log and its end.
  connection_id hold(identity who, link& out);
  // The greeting is done: first goes out, then what was kept, but for durable events up to covered, which
  // first told of already. An agent's second connection replaces the first, which is told "conflict". True
  // when the person was not connected with this device (without a device: with this kind) before.
  bool admit(connection_id id, identity who, announced what, std::vector<wire::event> first,
             std::int64_t covered);
  // The connection is gone. last: the person is no longer connected with this device (or kind). terminals:
  // shared over this connection and over none of the device's others. Nothing when it was never admitted.
  struct departure {
    identity who;
    bool last = false;
    std::vector<wire::terminal_offer> terminals = {};
  };
  std::optional<departure> remove(connection_id id);

  // Fills id, timestamp, from and to where they are empty and sends. Slow receivers are cut with 1008.
  void deliver(models::outgoing out);
  void deliver(models::effects effects);
  void disconnect(const models::disconnect& whom);
  // To one connection; seq stays as it is.
  void send(connection_id id, wire::event event);

  // Who a connection is; nullptr when it is gone. Valid until it is removed.
  const identity* who(connection_id id) const;
  bool online(const device_id& device) const { return find_device(device) != nullptr; }
  // Connections of one person, those being greeted included.
  std::size_t connections_of(const user_id& user) const;
  // Sign-ins behind the connections, each once.
  std::vector<login_id> logins() const;
  void set_status(const user_id& user, const device_id& device, const std::string& status);
  // An older gen than the newest one changes nothing; absent webtransport leaves what was said of it.
  void update_candidates(const device_id& device, wire::p2p_candidates said);
  // In the place of one of the same name.
  void set_terminal(const device_id& device, wire::terminal_offer offer);
  // Called for every connected device that begins or stops to share or to be in a call.
  void on_activity(std::function<void(const identity&)> told) { activity_told_ = std::move(told); }
  std::optional<std::string> activity(const device_id& device) const { return activities_.of(device); }
  // Sessions that nobody renewed are over.
  void expire_activities();
  // The picture of this moment; the same object until something changes.
  std::shared_ptr<const models::presence> presence() const;

  // Calls done once: true when the device acknowledged the event, false after cancel_ack or when the device
  // went.
  void expect_ack(std::string event_id, device_id device, std::function<void(bool)> done);
  void acknowledge(const device_id& device, const std::string& event_id);
  void cancel_ack(const std::string& event_id);

  void close_all(close_code code, std::string_view reason);
  std::size_t size() const { return connections_.size(); }

 private:
  struct kept {
    wire::event event;
    std::optional<std::int64_t> seq;
  };
  struct connection {
    identity who;
    announced what;
    link* out = nullptr;
    bool admitted = false;
    bool closing = false;
    std::vector<kept> waiting;
  };
  struct awaited {
    device_id device;
    std::function<void(bool)> done;
  };

  void send_to(connection& to, const wire::event& event, std::optional<std::int64_t> seq);
  void send_text(connection& to, std::string text);
  void fill(wire::event& event) const;
  void close(connection& c, close_code code, errc why, std::string_view message);
  bool counts(const connection& c) const { return c.admitted && !c.closing; }
  bool connected_as(const identity& who, const connection* except) const;
  connection* find_device(const device_id& device);
  const connection* find_device(const device_id& device) const;
  void tell_activity(const std::vector<device_id>& devices);
  void changed() { presence_.reset(); }

  std::function<wall_time()> now_;
  std::function<event_id()> new_event_id_;
  connection_id last_id_ = 0;
  std::map<connection_id, connection> connections_;
  std::unordered_map<user_id, std::vector<connection*>> by_user_;
  std::unordered_map<device_id, std::vector<connection*>> by_device_;  // admitted ones, oldest first
  std::unordered_map<std::string, awaited> awaited_;
  activity_book activities_;
  std::function<void(const identity&)> activity_told_;
  mutable std::shared_ptr<const models::presence> presence_;
};

}  // namespace mesh::ws
