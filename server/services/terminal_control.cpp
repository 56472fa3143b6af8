#include "server/services/terminal_control.hpp"

#include "core/base/limits.hpp"
#include "core/wire/p2p_bodies.hpp"
#include "core/wire/payloads.hpp"
#include "server/services/field_limits.hpp"
#include "server/services/p2p_rights.hpp"
#include "server/services/p2p_sessions.hpp"
#include "server/services/publish.hpp"
#include "server/services/terminal_offers.hpp"

#include <algorithm>
#include <limits>

namespace mesh::services {
namespace {

constexpr std::string_view revoked = "terminal.control.revoked";

struct side {
  user_id user;
  device_id device;
};

// A live session about a terminal, and who is who in it.
struct viewing {
  models::p2p_session session;
  side sharer;
  side viewer;
  wire::terminal_control said;
};

side sharer_of(const models::p2p_session& s) {
  return s.sender == "initiator" ? side{s.initiator_user, s.initiator_device}
                                 : side{s.target_user, s.target_device};
}
side viewer_of(const models::p2p_session& s) {
  return s.sender == "initiator" ? side{s.target_user, s.target_device}
                                 : side{s.initiator_user, s.initiator_device};
}

result<viewing> find_viewing(context& c, const wire::event& event) {
  auto said = read_payload<wire::terminal_control>(event);
  if (!said) return std::unexpected(said.error());
  auto s = c.tx.p2p().find(said->session_id);
  if (!s || s->alive_until <= c.now || s->kind != wire::word_of(wire::session_kind::terminal))
    return fail(errc::session_unknown, "this terminal is not shared, or no longer", "payload.session_id");
  const auto sharer = sharer_of(*s);
  const auto viewer = viewer_of(*s);
  return viewing{std::move(*s), sharer, viewer, std::move(*said)};
}

// The machine that shares it speaks, and no other of that person.
bool is_sharer(const models::caller& caller, const viewing& v) {
  return caller.user == v.sharer.user && caller.device == v.sharer.device;
}
bool is_viewer(const models::caller& caller, const viewing& v) {
  return caller.user == v.viewer.user && caller.device == v.viewer.device;
}
bool is_owner(context& c, const models::caller& caller, const viewing& v) {
  if (!v.session.room) return caller.user == v.sharer.user;
  const auto member = c.tx.rooms().find_member(*v.session.room, caller.user);
  return member && member->role == models::role::owner;
}

std::unexpected<error> sharer_only() {
  return fail(errc::forbidden, "only the machine that shares the terminal says this", "type");
}

result<void> require_control(context& c, const viewing& v) {
  const auto caps = caps_now(c, v.session);
  if (std::ranges::find(caps, control_capability) != caps.end()) return {};
  return fail(errc::capability_denied, "the room's roles do not let this person type", "payload.session_id");
}

std::string address_of(const models::caller& caller) {
  return caller.device ? "device:" + caller.device->str() : "user:" + caller.user.str();
}

// To the first of the devices, and the others hear it as well.
void tell(const context& c, std::string from, std::string_view type, const wire::terminal_control& payload,
          std::vector<device_id> devices, models::effects& into) {
  models::outgoing out;
  out.event = make_event(c, type, wire::make_payload(payload));
  if (!from.empty()) out.event.from = std::move(from);
  out.event.to = "device:" + devices.front().str();
  out.devices = std::move(devices);
  into.events.push_back(std::move(out));
}

wire::terminal_control about(const models::terminal_lease& lease) {
  return {.session_id = lease.session, .user_id = lease.user, .name = lease.name, .epoch = lease.epoch};
}

void end(context& c, const models::terminal_lease& lease, std::string from, std::string_view reason,
         models::effects& effects) {
  c.tx.leases().end(lease.device, lease.name, c.now);
  auto payload = about(lease);
  payload.reason = reason;
  std::vector<device_id> devices{lease.device};
  if (const auto s = c.tx.p2p().find(lease.session)) devices = {viewer_of(*s).device, lease.device};
  tell(c, std::move(from), revoked, payload, std::move(devices), effects);
  tell_terminal(c, lease.device, lease.name, effects);
}

result<wall_time> end_of(const context& c, const wire::terminal_control& said) {
  const auto until = said.expires_at ? parse_rfc3339(*said.expires_at)
                                     : result<wall_time>(c.now + limits::terminal_control_life);
  const auto latest = c.now + limits::terminal_control_life_max + limits::clock_skew_max;
  if (!until || *until <= c.now || *until > latest)
    return fail(errc::field_invalid, "a lease ends within the hour", "payload.expires_at");
  return until;
}

}  // namespace

result<outcome<event_reply>> ask_for_keyboard(context& c, const models::caller& caller,
                                              const wire::event& event) {
  auto v = find_viewing(c, event);
  if (!v) return pass(v);
  if (!is_viewer(caller, *v))
    return fail(errc::forbidden, "only the viewer of a terminal asks for it", "type");
  if (auto may = require_control(c, *v); !may) return std::unexpected(may.error());
  if (c.presence.find(v->sharer.device, v->sharer.user) == nullptr)
    return fail(errc::peer_offline, "the machine that shares the terminal is not connected");
  outcome<event_reply> out;
  tell(c, address_of(caller), event.type,
       {.session_id = v->session.id, .user_id = v->viewer.user, .name = v->said.name}, {v->sharer.device},
       out.effects);
  return out;
}

result<outcome<event_reply>> grant_keyboard(context& c, const models::caller& caller,
                                            const wire::event& event) {
  auto v = find_viewing(c, event);
  if (!v) return pass(v);
  if (!is_sharer(caller, *v)) return sharer_only();
  const auto name = v->said.name.value_or("");
  if (name.empty()) return fail(errc::field_missing, "which terminal?", "payload.name");
  if (auto may = require_control(c, *v); !may) return std::unexpected(may.error());
  const auto until = end_of(c, v->said);
  if (!until) return std::unexpected(until.error());
  const auto known = v->said.epoch.value_or(0);
  if (known < 0 || known >= std::numeric_limits<std::uint32_t>::max())
    return fail(errc::field_invalid, "an epoch has 32 bits", "payload.epoch");

  outcome<event_reply> out;
  const auto before = c.tx.leases().find(v->sharer.device, name);
  if (before && before->expires_at > c.now && before->session != v->session.id) {
    auto payload = about(*before);
    payload.reason = "superseded";
    if (const auto other = c.tx.p2p().find(before->session))
      tell(c, address_of(caller), revoked, payload, {viewer_of(*other).device}, out.effects);
  }
  const models::terminal_lease lease{
      v->sharer.device, name,           std::max(before ? before->epoch : 0, known) + 1,
      v->session.id,    v->viewer.user, *until};
  c.tx.leases().put(lease);
  auto payload = about(lease);
  payload.expires_at = format_rfc3339(lease.expires_at);
  tell(c, address_of(caller), event.type, payload, {v->viewer.device, v->sharer.device}, out.effects);
  tell_terminal(c, lease.device, lease.name, out.effects);
  return out;
}

result<outcome<event_reply>> deny_keyboard(context& c, const models::caller& caller,
                                           const wire::event& event) {
  auto v = find_viewing(c, event);
  if (!v) return pass(v);
  if (!is_sharer(caller, *v)) return sharer_only();
  outcome<event_reply> out;
  tell(c, address_of(caller), event.type,
       {.session_id = v->session.id,
        .user_id = v->viewer.user,
        .name = v->said.name,
        .reason = v->said.reason.value_or("denied")},
       {v->viewer.device}, out.effects);
  return out;
}

result<outcome<event_reply>> revoke_keyboard(context& c, const models::caller& caller,
                                             const wire::event& event) {
  auto v = find_viewing(c, event);
  if (!v) return pass(v);
  if (!is_sharer(caller, *v) && !is_viewer(caller, *v) && !is_owner(c, caller, *v))
    return fail(errc::forbidden, "the sharer, the viewer and owners of the room take the keyboard back",
                "type");
  outcome<event_reply> out;
  for (const auto& lease : c.tx.leases().of_session(v->session.id, c.now))
    end(c, lease, address_of(caller), v->said.reason.value_or("revoked"), out.effects);
  return out;
}

void end_lease(context& c, const models::terminal_lease& lease, std::string_view reason,
               models::effects& effects) {
  end(c, lease, {}, reason, effects);
}

void end_leases(context& c, const session_id& session, std::string_view reason, models::effects& effects) {
  for (const auto& lease : c.tx.leases().of_session(session, c.now)) end(c, lease, {}, reason, effects);
}

}  // namespace mesh::services
