// Everybody who is connected, and the delivery of events to them. Lives on the network thread; no sockets in
// here: a connection is an abstract link, so that the rules are tested without any.
#pragma once
#include "core/base/id.hpp"
#include "core/wire/p2p_bodies.hpp"
#include "core/wire/payloads.hpp"
#include "server/models/outgoing.hpp"
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
enum class close_code : std::uint16_t {
  normal = 1000,
  going_away = 1001,
  policy = 1008,
  too_big = 1009,
  error = 1011
};

// One WebSocket as the hub sees it. Neither call blocks nor calls back into the hub.
class link {
 public:
  virtual ~link() = default;
  // False when the receiver is too slow and its queue is full; the hub then closes it.
  virtual bool send(std::string text) = 0;
  virtual void close(close_code code, std::string_view reason) = 0;
};

// What a connected device said about itself in hello and p2p.candidates.
struct announced {
  std::optional<std::uint16_t> quic_port;
  std::vector<wire::candidate> candidates;
  std::optional<wire::webtransport_info> webtransport;
  std::int64_t candidates_gen = 0;
};

using connection_id = std::uint64_t;

class hub {
 public:
  // now: wall clock for timestamps. new_event_id: makes unique event ids.
  hub(std::function<wall_time()> now, std::function<event_id()> new_event_id);

  // A connection that said hello. An agent's second connection replaces the first, which is told "conflict".
  connection_id add(identity who, announced what, link& out);
  // True when the person has no other connection left.
  bool remove(connection_id id);

  // Fills id, timestamp, from and to where they are empty and sends. Slow receivers are cut with 1008.
  void deliver(const models::outgoing& out);
  void deliver(const models::effects& effects);
  void disconnect(const models::disconnect& whom);
  // To one connection, without seq.
  void send(connection_id id, wire::event event);

  bool online(const user_id& user) const;
  bool online(const device_id& device) const;
  const announced* announced_by(const device_id& device) const;
  // The address the server sees the device's connection from; empty when it is not connected.
  std::string address_of(const device_id& device) const;
  void update_candidates(const device_id& device, std::vector<wire::candidate> candidates, std::int64_t gen);
  // The connected devices of one person, each once.
  std::vector<wire::present_device> present_devices(const user_id& user) const;

  // Calls done once: true when device acknowledged the event, false after cancel_ack.
  void expect_ack(std::string event_id, device_id device, std::function<void(bool)> done);
  void acknowledge(const device_id& device, const std::string& event_id);
  void cancel_ack(const std::string& event_id);

  void close_all(close_code code, std::string_view reason);
  std::size_t size() const { return connections_.size(); }

 private:
  struct connection {
    identity who;
    announced what;
    link* out;
    bool closing = false;
  };
  struct awaited {
    device_id device;
    std::function<void(bool)> done;
  };

  void send_to(connection& to, wire::event event, std::optional<std::int64_t> seq);
  void close(connection& c, close_code code, errc why, std::string_view message);
  connection* find_device(const device_id& device);
  const connection* find_device(const device_id& device) const;

  std::function<wall_time()> now_;
  std::function<event_id()> new_event_id_;
  connection_id last_id_ = 0;
  std::map<connection_id, connection> connections_;
  std::unordered_map<std::string, awaited> awaited_;
};

}  // namespace mesh::ws
