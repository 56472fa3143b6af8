#include "server/services/realtime.hpp"

#include "core/base/limits.hpp"
#include "core/wire/event_types.hpp"
#include "server/services/browser_endpoint.hpp"
#include "server/services/chat.hpp"
#include "server/services/endpoints.hpp"
#include "server/services/forwarding.hpp"
#include "server/services/p2p_sessions.hpp"
#include "server/services/publish.hpp"
#include "server/services/rooms.hpp"
#include "server/services/share_events.hpp"
#include "server/services/terminal_control.hpp"
#include "server/services/terminal_offers.hpp"
#include "server/services/views.hpp"

namespace mesh::services {
namespace {

error not_member() {
  return {errc::not_member, "you are not in this room", "payload.room_id"};
}

result<void> require_membership(context& c, const models::caller& caller, const room_id& room) {
  if (c.tx.rooms().find_member(room, caller.user)) return {};
  return std::unexpected(not_member());
}

wire::event answer(const context& c, const wire::event& asked, std::string_view type,
                   wire::json_object payload) {
  auto event = make_event(c, type, std::move(payload));
  if (!asked.id.empty()) event.reply_to = asked.id;
  return event;
}

result<outcome<event_reply>> join(context& c, const models::caller& caller, const wire::event& event) {
  const auto payload = read_payload<wire::room_reference>(event);
  if (!payload) return std::unexpected(payload.error());
  if (auto ok = require_membership(c, caller, payload->room_id); !ok) return std::unexpected(ok.error());
  const auto room = get_room(c, caller, payload->room_id);
  if (!room) return std::unexpected(room.error());
  wire::room_joined joined;
  joined.room = room->room;
  outcome<event_reply> out;
  out.reply.reply = answer(c, event, "room.joined", wire::make_payload(joined));
  return out;
}

// Looking away changes nothing on the server; the payload is still checked.
result<outcome<event_reply>> look_away(context&, const models::caller&, const wire::event& event) {
  const auto payload = read_payload<wire::room_reference>(event);
  if (!payload) return std::unexpected(payload.error());
  return outcome<event_reply>{};
}

result<outcome<event_reply>> chat_send(context& c, const models::caller& caller, const wire::event& event) {
  const auto payload = read_payload<wire::chat_send>(event);
  if (!payload) return std::unexpected(payload.error());
  const auto reply_to = event.id.empty() ? std::nullopt : std::optional(event.id);
  auto sent = send_message(c, caller, payload->room_id, {payload->text, payload->client_id}, reply_to);
  if (!sent && sent.error().code == errc::not_found) return std::unexpected(not_member());
  if (!sent) return std::unexpected(in_payload(std::move(sent).error()));
  return outcome<event_reply>{{}, std::move(sent->effects)};
}

result<outcome<event_reply>> typing(context& c, const models::caller& caller, const wire::event& event) {
  const auto payload = read_payload<wire::room_reference>(event);
  if (!payload) return std::unexpected(payload.error());
  if (auto ok = require_membership(c, caller, payload->room_id); !ok) return std::unexpected(ok.error());
  outcome<event_reply> out;
  publish(c, out.effects, "chat.typing",
          wire::make_payload(wire::chat_typing{payload->room_id, caller.user, caller.username}),
          others_of(c, payload->room_id, caller.user));
  for (auto& outgoing : out.effects.events) {
    outgoing.event.from = "user:" + caller.user.str();
    outgoing.event.to = "room:" + payload->room_id.str();
  }
  return out;
}

// What a device may say of its person.
constexpr auto statuses = std::to_array<std::string_view>({"online", "away", "dnd"});

result<void> check_status(const std::string& status) {
  if (std::ranges::find(statuses, status) != statuses.end()) return {};
  return fail(errc::field_invalid, "a status is \"online\", \"away\" or \"dnd\"", "payload.status");
}

result<outcome<event_reply>> set_presence(context& c, const models::caller& caller,
                                          const wire::event& event) {
  const auto payload = read_payload<wire::presence_set>(event);
  if (!payload) return std::unexpected(payload.error());
  if (auto ok = check_status(payload->status); !ok) return std::unexpected(ok.error());
  const auto* device = caller.device ? c.presence.find(*caller.device, caller.user) : nullptr;
  if (device == nullptr) return fail(errc::bad_request, "only a device has a status", "type");
  outcome<event_reply> out;
  out.reply.status = payload->status;
  if (device->status == payload->status) return out;
  publish(c, out.effects, "presence.changed",
          wire::make_payload(wire::presence_changed{caller.user, caller.username, caller.device, device->kind,
                                                    true, payload->status, device->activity}),
          with_peers(c, caller.user));
  return out;
}

result<outcome<event_reply>> renew(context& c, const models::caller& caller, const wire::event& event) {
  const auto payload = read_payload<wire::p2p_session_reference>(event);
  if (!payload) return std::unexpected(payload.error());
  auto renewed = renew_session(c, caller, payload->session_id);
  if (!renewed) return std::unexpected(in_payload(std::move(renewed).error()));
  outcome<event_reply> out{{}, std::move(renewed->effects)};
  out.reply.reply = renewed->reply.refused
                        ? error_event(c, in_payload(*renewed->reply.refused), event.id)
                        : answer(c, event, "p2p.session.renewed", wire::make_payload(renewed->reply.renewed));
  return out;
}

result<outcome<event_reply>> close(context& c, const models::caller& caller, const wire::event& event) {
  const auto payload = read_payload<wire::p2p_session_reference>(event);
  if (!payload) return std::unexpected(payload.error());
  auto closed = close_session(c, caller, payload->session_id, "closed");
  if (!closed) return std::unexpected(in_payload(std::move(closed).error()));
  return outcome<event_reply>{{}, std::move(closed->effects)};
}

// The device the hello speaks for. Errors: forbidden, device_taken.
result<std::optional<models::device>> check_device(context& c, const models::caller& caller,
                                                   const wire::system_hello& said) {
  if (!said.device_id) return caller.device ? c.tx.devices().find(*caller.device) : std::nullopt;
  if (!valid_device_id(said.device_id->str()))
    return fail(errc::field_invalid, "this is not a device name", "payload.device_id");
  if (caller.device && *caller.device != *said.device_id)
    return fail(errc::forbidden, "you are signed in as another device", "payload.device_id");
  const auto taken = [] {
    return fail(errc::device_taken, "this device name belongs to somebody else", "payload.device_id");
  };
  auto device = c.tx.devices().find(*said.device_id);
  if (device && device->user != caller.user) return taken();
  const auto* online = c.presence.find(*said.device_id);
  if (!device && online != nullptr && online->user != caller.user) return taken();
  if (device && said.public_key && *said.public_key != device->public_key)
    return fail(errc::device_taken, "this device is registered with another key", "payload.public_key");
  return device;
}

std::string kind_of(const models::caller& caller, const wire::system_hello& said,
                    const std::optional<models::device>& device) {
  if (device) return wire::word_of(device->kind);
  if (said.kind) return *said.kind;
  return said.device_id ? "agent" : wire::word_of(caller.kind);
}

// Who of the people the caller knows is connected, the caller's own new connection included.
std::vector<wire::present_user> present_people(context& c, const models::caller& caller,
                                               const hello_reply& reply) {
  std::vector<wire::present_user> people;
  for (const auto& id : with_peers(c, caller.user)) {
    const auto user = c.tx.users().find(id);
    if (!user) continue;
    wire::present_user present{id, user->username, {}};
    for (const auto& [name, device] : c.presence.devices)
      if (device.user == id && !(id == caller.user && name == reply.device))
        present.devices.push_back({name, device.kind, device.status, device.activity});
    if (const auto found = c.presence.users.find(id); found != c.presence.users.end())
      for (const auto& kind : found->second) present.devices.push_back({std::nullopt, kind, "online"});
    if (id == caller.user) present.devices.push_back({reply.device, reply.kind, reply.status});
    if (!present.devices.empty()) people.push_back(std::move(present));
  }
  return people;
}

// More than this and a client is faster with a fresh welcome.
constexpr std::int64_t missed_max = 1000;

void add_missed(context& c, const models::caller& caller, std::int64_t since, hello_reply& reply) {
  const auto newest = c.tx.events().last_seq(caller.user);
  if (since == newest) return;
  const bool forgotten = since < c.tx.events().floor(caller.user);
  if (forgotten || since > newest || newest - since > missed_max) {
    const auto* reason = forgotten ? "forgotten" : since > newest ? "unknown_seq" : "too_many";
    reply.resync = make_event(c, "system.resync", wire::make_payload(wire::system_resync{reason}));
    return;
  }
  for (const auto& entry : c.tx.events().after(caller.user, since, missed_max)) {
    auto event = wire::parse_event(entry.event);
    if (!event) continue;  // written by ourselves; one that does not parse must not keep the client out
    event->seq = entry.seq;
    reply.missed.push_back(std::move(*event));
  }
}

wire::system_welcome make_welcome(context& c, const models::caller& caller, const models::user& user,
                                  const hello_reply& reply) {
  wire::system_welcome welcome;
  welcome.user = view(user);
  welcome.device_id = reply.device;
  welcome.server = {"Mesh", c.settings.version, format_rfc3339(c.now), signing_keys(c)};
  for (const auto& room : c.tx.rooms().of_user(caller.user))
    welcome.rooms.push_back(view(c, room, caller.user));
  for (auto& room : welcome.rooms)
    for (auto& member : room.members) member.online |= member.user_id == caller.user;
  welcome.presence = present_people(c, caller, reply);
  welcome.seq = c.tx.events().last_seq(caller.user);
  welcome.heartbeat_seconds = limits::ws_ping_interval.count();
  welcome.limits = {static_cast<std::int64_t>(limits::chat_text_bytes_max),
                    static_cast<std::int64_t>(limits::ws_message_bytes_max)};
  return welcome;
}

using handler = result<outcome<event_reply>> (*)(context&, const models::caller&, const wire::event&);

struct entry {
  std::string_view type;
  handler handle;
};

constexpr auto handlers = std::to_array<entry>({
    {"room.join", join},
    {"room.leave", look_away},
    {"presence.set", set_presence},
    {"chat.send", chat_send},
    {"chat.typing", typing},
    {"p2p.session.renew", renew},
    {"p2p.session.close", close},
    {"p2p.candidates", update_candidates},
    {"share.offered", report_to_pages},
    {"share.accepted", report_to_pages},
    {"share.rejected", report_to_pages},
    {"share.progress", report_to_pages},
    {"share.done", report_to_pages},
    {"share.failed", report_to_pages},
    {"share.listed", report_to_pages},
    {"share.control", control_transfer},
    {"terminal.shared", share_terminal},
    {"terminal.control.request", ask_for_keyboard},
    {"terminal.control.granted", grant_keyboard},
    {"terminal.control.denied", deny_keyboard},
    {"terminal.control.revoked", revoke_keyboard},
    {"terminal.managed", report_to_pages},
    {"terminal.manage", manage_terminal},
});

}  // namespace

error in_payload(error e) {
  if (!e.field.empty() && e.field != "payload" && !e.field.starts_with("payload."))
    e.field = "payload." + e.field;
  return e;
}

result<hello_reply> hello(context& c, const models::caller& caller, const wire::event& event) {
  auto said = read_payload<wire::system_hello>(event);
  if (!said) return std::unexpected(said.error());
  const auto user = c.tx.users().find(caller.user);
  if (!user) return fail(errc::unauthorized, "the account is gone");
  if (said->kind && *said->kind != "agent" && *said->kind != "browser" && *said->kind != "api")
    return fail(errc::field_invalid, "\"kind\" is \"agent\", \"browser\" or \"api\"", "payload.kind");
  if (said->candidates)
    if (auto ok = check_candidates(*said->candidates, "payload.candidates"); !ok)
      return std::unexpected(ok.error());
  if (said->status)
    if (auto ok = check_status(*said->status); !ok) return std::unexpected(ok.error());
  const auto device = check_device(c, caller, *said);
  if (!device) return std::unexpected(device.error());
  if (said->webtransport) {
    const auto key = *device ? (*device)->public_key : said->public_key.value_or("");
    if (auto ok = check_webtransport(*said->webtransport, key, "payload.webtransport"); !ok)
      return std::unexpected(ok.error());
  }
  hello_reply reply;
  reply.device = said->device_id ? said->device_id : caller.device;
  reply.kind = kind_of(caller, *said, *device);
  reply.status = said->status.value_or("online");
  reply.welcome =
      answer(c, event, "system.welcome", wire::make_payload(make_welcome(c, caller, *user, reply)));
  if (said->since) add_missed(c, caller, *said->since, reply);
  reply.said = std::move(*said);
  return reply;
}

result<outcome<event_reply>> handle_event(context& c, const models::caller& caller,
                                          const wire::event& event) {
  const auto* const found = std::ranges::find(handlers, std::string_view(event.type), &entry::type);
  if (found != handlers.end()) return found->handle(c, caller, event);
  const auto* const known = wire::find_event_type(event.type);
  if (known != nullptr && known->direction == wire::event_direction::forwarded)
    return forward(c, caller, event);
  if (event.type == "system.hello") return fail(errc::bad_request, "hello was said already", "type");
  return fail(errc::event_unknown, "this is not an event that clients send", "type");
}

wire::event error_event(const context& c, const error& why, const std::string& reply_to) {
  wire::error_info info{std::string(word(why.code)), why.detail, {}};
  if (!why.field.empty()) info.field = why.field;
  auto event = make_event(c, "system.error", wire::make_payload(info));
  if (!reply_to.empty()) event.reply_to = reply_to;
  return event;
}

models::effects tell_presence(context& c, const presence_change& change) {
  models::effects effects;
  if (change.device) {
    // Registered by somebody else between this person's hello and now: the one with a key wins.
    const auto registered = c.tx.devices().find(*change.device);
    if (registered && registered->user != change.user) {
      effects.disconnects.push_back(
          {change.user, change.device, std::nullopt, std::string(word(errc::device_taken))});
      return effects;
    }
    c.tx.devices().set_seen(*change.device, c.now);
  }
  publish(c, effects, "presence.changed",
          wire::make_payload(wire::presence_changed{change.user, change.username, change.device, change.kind,
                                                    change.online, change.status, change.activity}),
          with_peers(c, change.user));
  return effects;
}

}  // namespace mesh::services
