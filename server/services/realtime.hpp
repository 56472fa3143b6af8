// What arrives on a WebSocket: the greeting, events that services answer, and events passed on to others.
#pragma once
#include "core/wire/payloads.hpp"
#include "server/services/context.hpp"
#include "server/services/field_limits.hpp"

#include <optional>
#include <vector>

namespace mesh::services {

// Errors of all of these carry the path of the field ("payload.room_id").

// The answer to system.hello. device and kind are the connection's from then on: of a sign-in bound to a
// device that device, else what hello says. missed: the durable events after `since`, each with its seq;
// resync instead of them when the log no longer reaches back.
struct hello_reply {
  wire::event welcome;
  std::optional<wire::event> resync;
  std::vector<wire::event> missed;
  std::optional<device_id> device;
  std::string kind;
  std::string status;
  wire::system_hello said;  // checked
};
// Errors: field_*, forbidden when the sign-in is bound to another device, device_taken when the name or the
// key is somebody else's.
result<hello_reply> hello(context& c, const models::caller& caller, const wire::event& event);

// reply goes to the asking connection only. candidates, status, terminal: what the hub shall remember of the
// connection's device.
struct event_reply {
  std::optional<wire::event> reply;
  std::optional<wire::p2p_candidates> candidates;
  std::optional<std::string> status;
  std::optional<wire::terminal_offer> terminal = {};
};
// Every client event but system.hello, system.ack and p2p.session.request (api::request_session).
// caller.device is the connection's. A message that was sent reaches its sender among the effects, with
// reply_to. Errors: event_unknown, field_*, not_member, not_found, forbidden, session_unknown,
// capability_denied, room_not_common, peer_offline, busy.
result<outcome<event_reply>> handle_event(context& c, const models::caller& caller, const wire::event& event);

// "room_id" -> "payload.room_id"
error in_payload(error e);

// system.error, answering the event whose id is reply_to.
wire::event error_event(const context& c, const error& why, const std::string& reply_to);

// A connection came or went: presence.changed to the person and everybody who shares a room with them, and
// the device's last_seen_at. A connection under a name that is somebody else's device is cut instead.
struct presence_change {
  user_id user;
  std::string username;
  std::optional<device_id> device;
  std::string kind;
  bool online = false;
  std::optional<std::string> status = {};    // only while online
  std::optional<std::string> activity = {};  // likewise
};
models::effects tell_presence(context& c, const presence_change& change);

// The payload of a client's event as a struct, checked for lengths.
template <class T>
result<T> read_payload(const wire::event& event) {
  auto value = wire::payload_of<T>(event);
  if (!value) return std::unexpected(in_payload(std::move(value).error()));
  if (auto ok = check_lengths(*value); !ok) return std::unexpected(in_payload(std::move(ok).error()));
  return value;
}

}  // namespace mesh::services
