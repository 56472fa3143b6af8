#include "server/services/p2p_sessions.hpp"

#include "core/base/limits.hpp"
#include "core/capability/token.hpp"
#include "server/services/browser_endpoint.hpp"
#include "server/services/endpoints.hpp"
#include "server/services/p2p_rights.hpp"
#include "server/services/publish.hpp"
#include "server/services/terminal_control.hpp"
#include "server/services/views.hpp"

#include <fmt/format.h>

namespace mesh::services {
namespace {

using wire::session_kind;

// What the request says, understood.
struct wanted {
  session_kind kind{};
  std::int64_t ttl = 0;
  capability::role sender = capability::role::initiator;
};

result<wanted> read(const wire::p2p_session_request& request) {
  wanted w;
  if (!boost::describe::enum_from_string(request.kind.c_str(), w.kind))
    return fail(errc::kind_unknown,
                "this server opens sessions of kind file, folder, terminal, call and screen", "kind");
  constexpr auto min = std::chrono::seconds(limits::capability_life_min).count();
  constexpr auto max = std::chrono::seconds(limits::capability_life_max).count();
  w.ttl = request.ttl.value_or(std::chrono::seconds(limits::capability_life_default).count());
  if (w.ttl < min || w.ttl > max)
    return fail(errc::ttl_out_of_range, fmt::format("\"ttl\" is between {} and {} seconds", min, max), "ttl");
  if (request.sender && !boost::describe::enum_from_string(request.sender->c_str(), w.sender))
    return fail(errc::field_invalid, "\"sender\" is \"initiator\" or \"target\"", "sender");
  if (request.max_size && (*request.max_size == 0 || *request.max_size > limits::file_bytes_max))
    return fail(errc::field_invalid, "\"max_size\" is out of range", "max_size");
  if (request.max_rate && (*request.max_rate == 0 || *request.max_rate > limits::file_bytes_max))
    return fail(errc::field_invalid, "\"max_rate\" is out of range", "max_rate");
  return w;
}

// A device that is registered, connected, or both.
struct found_device {
  user_id user;
  std::optional<models::device> registered;
};

result<found_device> find_target(context& c, const device_id& id) {
  if (auto registered = c.tx.devices().find(id)) return found_device{registered->user, std::move(registered)};
  if (const auto* online = c.presence.find(id)) return found_device{online->user, std::nullopt};
  return fail(errc::not_found, "there is no device of this name", "target_device_id");
}

// The only room of several people that the two share; else their conversation of two; else none.
std::optional<room_id> choose_room(context& c, const std::vector<room_id>& common) {
  std::optional<room_id> direct;
  std::vector<room_id> rooms;
  for (const auto& id : common) {
    const auto room = c.tx.rooms().find(id);
    if (room && room->kind == models::room_kind::direct)
      direct = id;
    else
      rooms.push_back(id);
  }
  return rooms.size() == 1 ? rooms.front() : direct;
}

// The room whose grid rules; none between devices of one person.
result<std::optional<room_id>> resolve_room(context& c, const user_id& initiator, const user_id& target,
                                            const std::optional<room_id>& given) {
  if (initiator == target && !given) return std::nullopt;
  const auto common = c.tx.rooms().common(initiator, target);
  if (given) {
    if (std::ranges::find(common, *given) == common.end())
      return fail(errc::room_not_common, "you two are not both in this room", "room_id");
    return *given;
  }
  if (common.empty()) return fail(errc::room_not_common, "you share no room with the owner of this device");
  if (auto chosen = choose_room(c, common)) return chosen;
  return fail(errc::room_required, "you share several rooms with the owner of this device; name one",
              "room_id");
}

result<models::device> resolve_initiator(context& c, const models::caller& caller,
                                         const wire::p2p_session_request& request) {
  const auto own = c.tx.devices().of_user(caller.user);
  const auto named = [&](const device_id& id) { return std::ranges::find(own, id, &models::device::id); };
  if (request.initiator_device_id) {
    const auto found = named(*request.initiator_device_id);
    if (found != own.end()) return *found;
    return fail(errc::initiator_device_required, "this is not one of your devices", "initiator_device_id");
  }
  if (caller.device)
    if (const auto found = named(*caller.device); found != own.end()) return *found;
  const models::device* only = nullptr;
  for (const auto& device : own) {
    if (device.kind != models::device_kind::agent || device.id == request.target_device_id) continue;
    if (only != nullptr) {
      only = nullptr;
      break;
    }
    only = &device;
  }
  if (only != nullptr) return *only;
  return fail(errc::initiator_device_required, "name the device of yours that opens the session",
              "initiator_device_id");
}

struct signed_token {
  std::string text;
  wall_time expires_at;
};

result<signed_token> sign_token(context& c, const models::p2p_session& s, std::vector<std::string> caps) {
  const auto initiator = c.tx.devices().find(s.initiator_device);
  const auto target = c.tx.devices().find(s.target_device);
  if (!initiator || !target) return fail(errc::session_unknown, "a device of this session is gone");
  capability::claims claims;
  claims.iss = capability::issuer;
  claims.jti = to_base64url(c.random.bytes<16>());
  claims.iat = unix_seconds(c.now);
  claims.exp = claims.iat + s.ttl_seconds;
  claims.session_id = s.id;
  claims.room_id = s.room;
  boost::describe::enum_from_string(s.kind.c_str(), claims.kind);
  claims.initiator = {s.initiator_user, initiator->id, initiator->key_sha256};
  claims.target = {s.target_user, target->id, target->key_sha256};
  boost::describe::enum_from_string(s.sender.c_str(), claims.sender);
  claims.caps = std::move(caps);
  claims.max_size = s.max_size;
  claims.max_rate = s.max_rate;
  return signed_token{std::string(capability::issue(claims, c.keys.capability).reveal()), claims.expires()};
}

// The origin that the target's agent will see in the connection of a page; none when no page will connect.
std::optional<std::string> page_of(const models::caller& caller, const models::p2p_session& s) {
  if (caller.origin.empty() || caller.device != s.initiator_device) return std::nullopt;
  return caller.origin;
}

wire::event created_event(context& c, const models::p2p_session& s, const wire::p2p_session_answer& answer,
                          capability::role role, std::optional<std::string> origin) {
  const bool initiates = role == capability::role::initiator;
  const auto& own = initiates ? s.initiator_device : s.target_device;
  const auto& other = initiates ? s.target_device : s.initiator_device;
  const auto& other_user = initiates ? s.target_user : s.initiator_user;
  wire::p2p_session_created payload;
  payload.session_id = s.id;
  payload.session_token = answer.session_token;
  payload.expires_at = answer.expires_at;
  payload.endpoints = answer.endpoints;
  payload.kind = s.kind;
  payload.room_id = s.room;
  payload.role = wire::word_of(role);
  const auto user = c.tx.users().find(other_user);
  const auto device = c.tx.devices().find(other);
  payload.peer = {other_user, user ? user->username : "", other, device ? device->key_sha256 : ""};
  if (const auto* online = c.presence.find(other, other_user)) payload.candidates = online->candidates;
  payload.origin = std::move(origin);
  auto json = wire::make_payload(payload);
  if (!payload.room_id) json["room_id"] = nullptr;  // the contract shows it as null, not as absent
  auto event = make_event(c, "p2p.session.created", std::move(json));
  event.to = "device:" + own.str();
  return event;
}

bool takes_part(const models::caller& caller, const models::p2p_session& s) {
  const bool user = s.initiator_user == caller.user || s.target_user == caller.user;
  const bool device =
      !caller.device || s.initiator_device == *caller.device || s.target_device == *caller.device;
  return user && device;
}

std::unexpected<error> unknown_session() {
  return fail(errc::session_unknown, "this session does not exist or has ended", "session_id");
}

// The session row of a request that may be opened.
result<models::p2p_session> plan_session(context& c, const models::caller& caller, const wanted& w,
                                         const wire::p2p_session_request& request) {
  const auto target = find_target(c, request.target_device_id);
  if (!target) return std::unexpected(target.error());
  const auto room = resolve_room(c, caller.user, target->user, request.room_id);
  if (!room) return std::unexpected(room.error());
  const auto initiator = resolve_initiator(c, caller, request);
  if (!initiator) return std::unexpected(initiator.error());
  if (initiator->id == request.target_device_id)
    return fail(errc::same_device, "a device cannot open a session with itself", "target_device_id");
  models::p2p_session s;
  s.id = c.random.id<session_id>();
  s.kind = request.kind;
  s.room = *room;
  s.initiator_user = caller.user;
  s.initiator_device = initiator->id;
  s.target_user = target->user;
  s.target_device = request.target_device_id;
  s.sender = wire::word_of(w.sender);
  s.max_size = request.max_size;
  s.max_rate = request.max_rate;
  s.ttl_seconds = w.ttl;
  s.created_at = c.now;
  if (caps_now(c, s).empty())
    return fail(errc::capability_denied, "the room's roles do not allow this between you two", "kind");
  if (c.presence.find(s.target_device, s.target_user) == nullptr)
    return fail(errc::peer_offline, "the target device is not connected");
  if (!target->registered)
    return fail(errc::device_without_key, "the target device has not registered its key");
  return s;
}

// What both sides are told of each other's addresses; an initiator that is a browser needs more to get there.
wire::endpoints_info endpoints_of(context& c, const models::p2p_session& s) {
  const auto* initiator = c.presence.find(s.initiator_device, s.initiator_user);
  const auto* target = c.presence.find(s.target_device, s.target_user);
  wire::endpoints_info endpoints{endpoint_of(initiator), endpoint_of(target)};
  const auto page = c.tx.devices().find(s.initiator_device);
  const auto agent = c.tx.devices().find(s.target_device);
  if (endpoints.target && page && page->kind == models::device_kind::browser && agent)
    endpoints.target->webtransport = browser_endpoint_of(target, initiator, agent->public_key);
  return endpoints;
}

void keep_alive(models::p2p_session& s, const signed_token& token) {
  s.expires_at = token.expires_at;
  s.alive_until = token.expires_at + limits::session_without_server_max;
}

}  // namespace

std::vector<std::string> caps_now(context& c, const models::p2p_session& s) {
  session_kind kind{};
  if (!boost::describe::enum_from_string(s.kind.c_str(), kind)) return {};
  if (!s.room) return own_caps(kind);
  const auto initiator = c.tx.rooms().find_member(*s.room, s.initiator_user);
  const auto target = c.tx.rooms().find_member(*s.room, s.target_user);
  if (!initiator || !target) return {};
  const bool initiator_sends = s.sender == "initiator";
  const session_roles roles{initiator_sends ? initiator->role : target->role,
                            initiator_sends ? target->role : initiator->role};
  return granted_caps(kind, c.tx.rooms().find_grid(*s.room), roles);
}

result<outcome<opened_session>> open_session(context& c, const models::caller& caller,
                                             const wire::p2p_session_request& request) {
  const auto w = read(request);
  if (!w) return std::unexpected(w.error());
  auto s = plan_session(c, caller, *w, request);
  if (!s) return pass(s);
  const auto token = sign_token(c, *s, caps_now(c, *s));
  if (!token) return std::unexpected(token.error());
  keep_alive(*s, *token);
  c.tx.p2p().insert(*s);

  outcome<opened_session> out;
  out.reply.answer = {s->id, token->text, format_rfc3339_seconds(token->expires_at),
                      wire::endpoints_json(endpoints_of(c, *s))};
  out.reply.initiator = s->initiator_device;
  out.reply.target = s->target_device;
  out.reply.activity = activity_of_open(*s);
  out.reply.to_target = created_event(c, *s, out.reply.answer, capability::role::target, page_of(caller, *s));
  out.reply.to_initiator = created_event(c, *s, out.reply.answer, capability::role::initiator, {});
  return out;
}

result<outcome<nothing>> drop_session(context& c, const session_id& id) {
  c.tx.p2p().erase(id);
  return outcome<nothing>{};
}

result<wire::p2p_session_list> list_sessions(context& c, const models::caller& caller) {
  wire::p2p_session_list list;
  for (const auto& s : c.tx.p2p().of_user(caller.user, c.now)) list.sessions.push_back(view(s));
  return list;
}

result<outcome<renewed_session>> renew_session(context& c, const models::caller& caller,
                                               const session_id& id) {
  auto s = c.tx.p2p().find(id);
  if (!s || s->alive_until <= c.now || !takes_part(caller, *s)) return unknown_session();
  outcome<renewed_session> out;
  auto caps = caps_now(c, *s);
  if (caps.empty()) {
    revoke_session(c, *s, word(errc::capability_denied), out.effects);
    out.reply.refused =
        error{errc::capability_denied, "the room's roles no longer allow this session", "session_id"};
    return out;
  }
  const auto token = sign_token(c, *s, std::move(caps));
  if (!token) return std::unexpected(token.error());
  keep_alive(*s, *token);
  c.tx.p2p().renew(s->id, s->expires_at, s->alive_until);
  out.effects.activities.push_back(activity_of_running(*s));
  out.reply.renewed = {s->id, token->text, format_rfc3339_seconds(s->expires_at)};
  return out;
}

result<relay_permit> permit_relay(context& c, const models::caller& caller, const session_id& id) {
  const auto s = c.tx.p2p().find(id);
  const bool initiates =
      s && s->initiator_user == caller.user && (!caller.device || *caller.device == s->initiator_device);
  if (!initiates || s->alive_until <= c.now) return unknown_session();
  const auto page = c.tx.devices().find(s->initiator_device);
  const auto agent = c.tx.devices().find(s->target_device);
  if (!page || !agent || page->kind != models::device_kind::browser ||
      agent->kind != models::device_kind::agent)
    return fail(errc::capability_denied, "the relay is between a page and a machine", "session_id");
  if (caps_now(c, *s).empty())
    return fail(errc::capability_denied, "the room's roles no longer allow this session", "session_id");
  if (c.presence.find(s->target_device, s->target_user) == nullptr)
    return fail(errc::peer_offline, "the target device is not connected");
  return relay_permit{s->target_device, agent->public_key, s->initiator_user, s->alive_until};
}

result<outcome<nothing>> close_session(context& c, const models::caller& caller, const session_id& id,
                                       std::string_view reason) {
  const auto s = c.tx.p2p().find(id);
  if (!s || !takes_part(caller, *s)) return unknown_session();
  outcome<nothing> out;
  revoke_session(c, *s, reason, out.effects);
  return out;
}

void revoke_session(context& c, const models::p2p_session& s, std::string_view reason,
                    models::effects& effects) {
  end_leases(c, s.id, reason, effects);
  c.tx.p2p().erase(s.id);
  effects.activities.push_back(activity_of_ended(s));
  std::vector<user_id> users{s.initiator_user};
  if (s.target_user != s.initiator_user) users.push_back(s.target_user);
  publish_durable(c, effects, "p2p.session.revoked",
                  wire::make_payload(wire::p2p_session_revoked{s.id, std::string(reason)}), std::move(users));
}

void revoke_ungranted(context& c, const room_id& room, models::effects& effects) {
  for (const auto& s : c.tx.p2p().of_room(room, c.now)) {
    const auto caps = caps_now(c, s);
    if (caps.empty())
      revoke_session(c, s, word(errc::capability_denied), effects);
    else if (std::ranges::find(caps, control_capability) == caps.end())
      end_leases(c, s.id, word(errc::capability_denied), effects);
  }
}

}  // namespace mesh::services
