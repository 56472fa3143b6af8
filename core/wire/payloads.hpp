// The payload of every event on the WebSocket (contract, section 4). The envelope is core/wire/event.hpp.
// wire::payload_of<T>(event) reads one, wire::make_payload(value) writes one.
#pragma once
#include "core/wire/account_bodies.hpp"
#include "core/wire/device_bodies.hpp"
#include "core/wire/event.hpp"
#include "core/wire/p2p_bodies.hpp"
#include "core/wire/room_bodies.hpp"
#include "core/wire/terminal_bodies.hpp"
#include "core/wire/webtransport.hpp"

#include <optional>
#include <string>
#include <vector>

namespace mesh::wire {

template <class T>
result<T> payload_of(const event& e) {
  auto value = from_json<T>(json_value(e.payload));
  if (!value && value.error().field.empty()) value.error().field = "payload";
  return value;
}

template <class T>
json_object make_payload(const T& value) {
  return to_json(value).as_object();
}

// -- system.*
// ---------------------------------------------------------------------------------------------------------

// kind: "agent", "browser" or "api". since: the last durable seq the client has. status: as in presence.set.
struct system_hello {
  std::optional<mesh::device_id> device_id;
  std::optional<std::string> kind;
  std::optional<std::string> version;
  std::optional<std::int64_t> since;
  std::optional<std::uint16_t> quic_port;
  std::optional<std::vector<candidate>> candidates;
  std::optional<std::string> public_key;
  std::optional<webtransport_info> webtransport;
  std::optional<std::string> status;
};
BOOST_DESCRIBE_STRUCT(system_hello, (),
                      (device_id, kind, version, since, quic_port, candidates, public_key, webtransport,
                       status))

struct server_info {
  std::string name;
  std::string version;
  std::string time;
  std::vector<signing_key_info> signing_keys;
};
BOOST_DESCRIBE_STRUCT(server_info, (), (name, version, time, signing_keys))

// status: as in presence.set. activity: "in_call" or "sharing", as the server sees it.
struct present_device {
  std::optional<mesh::device_id> device_id;
  std::string kind;
  std::optional<std::string> status;
  std::optional<std::string> activity = {};
};
BOOST_DESCRIBE_STRUCT(present_device, (), (device_id, kind, status, activity))

struct present_user {
  mesh::user_id user_id;
  std::string username;
  std::vector<present_device> devices;
};
BOOST_DESCRIBE_STRUCT(present_user, (), (user_id, username, devices))

struct limits_info {
  std::int64_t chat_text_bytes = 0;
  std::int64_t message_bytes = 0;
};
BOOST_DESCRIBE_STRUCT(limits_info, (), (chat_text_bytes, message_bytes))

struct system_welcome {
  user_info user;
  std::optional<mesh::device_id> device_id;
  server_info server;
  std::vector<room_info> rooms;
  std::vector<present_user> presence;
  std::int64_t seq = 0;
  std::int64_t heartbeat_seconds = 0;
  limits_info limits;
};
BOOST_DESCRIBE_STRUCT(system_welcome, (),
                      (user, device_id, server, rooms, presence, seq, heartbeat_seconds, limits))

// system.error carries error_info (account_bodies.hpp).

struct system_resync {
  std::string reason;
};
BOOST_DESCRIBE_STRUCT(system_resync, (), (reason))

struct system_ack {
  std::string event_id;
};
BOOST_DESCRIBE_STRUCT(system_ack, (), (event_id))

// -- room.*, presence.*, device.*
// -------------------------------------------------------------------------------------

// room.join, room.leave, chat.typing from a client; room.deleted from the server.
struct room_reference {
  mesh::room_id room_id;
};
BOOST_DESCRIBE_STRUCT(room_reference, (), (room_id))

// To the asker or the new member: room. To the others: room_id, user_id, username.
struct room_joined {
  std::optional<room_info> room;
  std::optional<mesh::room_id> room_id;
  std::optional<mesh::user_id> user_id;
  std::optional<std::string> username;
};
BOOST_DESCRIBE_STRUCT(room_joined, (), (room, room_id, user_id, username))

// reason: "left", "removed" or "account_deleted".
struct room_left {
  mesh::room_id room_id;
  mesh::user_id user_id;
  std::string username;
  std::string reason;
};
BOOST_DESCRIBE_STRUCT(room_left, (), (room_id, user_id, username, reason))

struct room_updated {
  room_info room;
};
BOOST_DESCRIBE_STRUCT(room_updated, (), (room))

// status: "online", "away" or "dnd" (do not disturb), of the sending device.
struct presence_set {
  std::string status;
};
BOOST_DESCRIBE_STRUCT(presence_set, (), (status))

// status: what the device says of its person; activity: "in_call" or "sharing", as the server sees it. Both
// only while online.
struct presence_changed {
  mesh::user_id user_id;
  std::string username;
  std::optional<mesh::device_id> device_id;
  std::string kind;
  bool online = false;
  std::optional<std::string> status;
  std::optional<std::string> activity = {};
};
BOOST_DESCRIBE_STRUCT(presence_changed, (), (user_id, username, device_id, kind, online, status, activity))

struct device_changed {
  device_info device;
};
BOOST_DESCRIBE_STRUCT(device_changed, (), (device))

struct device_reference {
  mesh::device_id device_id;
};
BOOST_DESCRIBE_STRUCT(device_reference, (), (device_id))

// -- chat.*
// -----------------------------------------------------------------------------------------------------------

struct chat_send {
  mesh::room_id room_id;
  std::string text;
  std::string client_id;
};
BOOST_DESCRIBE_STRUCT(chat_send, (), (room_id, text, client_id))

// chat.message carries message_info (room_bodies.hpp).

struct chat_typing {
  mesh::room_id room_id;
  mesh::user_id user_id;
  std::string username;
};
BOOST_DESCRIBE_STRUCT(chat_typing, (), (room_id, user_id, username))

// -- p2p.*
// ------------------------------------------------------------------------------------------------------------

struct peer_info {
  mesh::user_id user_id;
  std::string username;
  mesh::device_id device_id;
  std::string key_sha256;
};
BOOST_DESCRIBE_STRUCT(peer_info, (), (user_id, username, device_id, key_sha256))

// role: "initiator" or "target", the receiver's own. candidates: the peer's. endpoints: see endpoints_json.
// origin: of the page (RFC 6454) whose browser is the initiator, as the server saw and accepted it.
struct p2p_session_created {
  mesh::session_id session_id;
  std::string session_token;
  std::string expires_at;
  json_value endpoints;
  std::string kind;
  std::optional<mesh::room_id> room_id;
  std::string role;
  peer_info peer;
  std::vector<candidate> candidates;
  std::optional<std::string> origin;
};
BOOST_DESCRIBE_STRUCT(p2p_session_created, (),
                      (session_id, session_token, expires_at, endpoints, kind, room_id, role, peer,
                       candidates, origin))

// p2p.session.renew and p2p.session.close.
struct p2p_session_reference {
  mesh::session_id session_id;
};
BOOST_DESCRIBE_STRUCT(p2p_session_reference, (), (session_id))

struct p2p_session_renewed {
  mesh::session_id session_id;
  std::string session_token;
  std::string expires_at;
};
BOOST_DESCRIBE_STRUCT(p2p_session_renewed, (), (session_id, session_token, expires_at))

struct p2p_session_revoked {
  mesh::session_id session_id;
  std::string reason;
};
BOOST_DESCRIBE_STRUCT(p2p_session_revoked, (), (session_id, reason))

// To the target: the initiator could not reach it and waits at the relay; the ticket opens the other place.
struct p2p_relay_created {
  mesh::session_id session_id;
  std::string ticket;
  std::string expires_at;
};
BOOST_DESCRIBE_STRUCT(p2p_relay_created, (), (session_id, ticket, expires_at))

// gen grows with every change, so that an old list never replaces a new one. webtransport: only when the
// certificates changed.
struct p2p_candidates {
  std::optional<mesh::session_id> session_id;
  std::vector<candidate> candidates;
  std::int64_t gen = 0;
  std::optional<webtransport_info> webtransport;
};
BOOST_DESCRIBE_STRUCT(p2p_candidates, (), (session_id, candidates, gen, webtransport))

// -- share.*, rtc.*, terminal.*, notify.*
// -----------------------------------------------------------------------------

// What there is to say of a folder beside its bytes. current: the path of the file that moves now. omitted:
// entries that were left out; incomplete: files are among them that somebody may miss. renamed: entries that
// got another name at the receiver.
struct share_folder {
  std::uint64_t files = 0;
  std::uint64_t files_done = 0;
  std::optional<std::string> current;
  std::uint64_t omitted = 0;
  std::uint64_t renamed = 0;
  bool incomplete = false;
};
BOOST_DESCRIBE_STRUCT(share_folder, (), (files, files_done, current, omitted, renamed, incomplete))

// share.offered | accepted | rejected | progress | done | failed: one transfer as the agent of a person tells
// the pages of that person. direction: "in" or "out". state: "queued", "waiting" (for an answer), "running",
// "paused", "done" or "failed". offset: bytes done of size; before: how many of them were there already.
// rate: bytes per second. device_id, username: the other side. stored: the name under which it was kept.
// error: of the last attempt. refused: why the last share.control of it was not obeyed. folder: absent for a
// file.
struct share_report {
  std::string transfer_id;
  std::string direction;
  std::string state;
  std::string name;
  std::uint64_t size = 0;
  std::uint64_t offset = 0;
  std::uint64_t before = 0;
  std::uint64_t resent = 0;
  std::uint64_t rate = 0;
  double seconds = 0;
  std::optional<std::int64_t> eta_seconds;
  std::string started_at;
  std::string device_id;
  std::string username;
  std::optional<mesh::session_id> session_id;
  std::optional<std::string> hash;
  std::optional<std::string> stored;
  std::optional<error_info> error;
  std::optional<error_info> refused;
  std::optional<share_folder> folder;
};
BOOST_DESCRIBE_STRUCT(share_report, (),
                      (transfer_id, direction, state, name, size, offset, before, resent, rate, seconds,
                       eta_seconds, started_at, device_id, username, session_id, hash, stored, error, refused,
                       folder))

// share.control, of a page to an agent of the same person. action: "list" is answered by share.listed;
// "accept", "refuse", "pause", "resume", "cancel", "retry" and "first" are about one transfer.
struct share_control {
  std::string action;
  std::optional<std::string> transfer_id;
  std::optional<mesh::session_id> session_id;
};
BOOST_DESCRIBE_STRUCT(share_control, (), (action, transfer_id, session_id))

// share.listed: what the agent knows of, the newest last. omitted: how many older ones did not fit.
struct share_listed {
  std::vector<share_report> transfers;
  std::uint64_t omitted = 0;
};
BOOST_DESCRIBE_STRUCT(share_listed, (), (transfers, omitted))

// rtc.offer, rtc.answer: session description of one kind (RFC 8829).
struct rtc_description {
  mesh::session_id session_id;
  std::string type;
  std::string sdp;
};
BOOST_DESCRIBE_STRUCT(rtc_description, (), (session_id, type, sdp))

struct rtc_ice {
  mesh::session_id session_id;
  std::string candidate;
  std::optional<std::string> sdpMid;
  std::optional<std::int64_t> sdpMLineIndex;
};
BOOST_DESCRIBE_STRUCT(rtc_ice, (), (session_id, candidate, sdpMid, sdpMLineIndex))

// terminal.control.request | granted | denied | revoked. name: of the terminal. epoch counts its leases; in a
// grant of an agent the newest that it knows.
struct terminal_control {
  mesh::session_id session_id;
  mesh::user_id user_id;
  std::optional<std::string> name;
  std::optional<std::int64_t> epoch;
  std::optional<std::string> expires_at;
  std::optional<std::string> reason;
};
BOOST_DESCRIBE_STRUCT(terminal_control, (), (session_id, user_id, name, epoch, expires_at, reason))

struct notify_message {
  std::string title;
  std::string body;
  std::optional<mesh::room_id> room_id;
  std::optional<std::int64_t> priority;
};
BOOST_DESCRIBE_STRUCT(notify_message, (), (title, body, room_id, priority))

}  // namespace mesh::wire
