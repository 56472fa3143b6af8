#include "server/services/forwarding.hpp"

#include "core/wire/event_types.hpp"
#include "server/services/browser_endpoint.hpp"
#include "server/services/endpoints.hpp"
#include "server/services/publish.hpp"
#include "server/services/session_activities.hpp"

namespace mesh::services {
namespace {

std::string address_of(const models::caller& caller) {
  return caller.device ? "device:" + caller.device->str() : "user:" + caller.user.str();
}

// The event as others get it: what the sender wrote, under a name and time that the server vouches for.
models::outgoing pass_on(const context& c, const models::caller& caller, const wire::event& event) {
  models::outgoing out;
  out.event = make_event(c, event.type, event.payload);
  out.event.from = address_of(caller);
  out.event.to = event.to;
  out.except = caller.device;
  return out;
}

result<void> check_common_room(context& c, const models::caller& caller, const user_id& other) {
  if (other == caller.user || !c.tx.rooms().common(caller.user, other).empty()) return {};
  return fail(errc::room_not_common, "you share no room with this person", "to");
}

// The call that this answer begins: a live session in which the answering device takes part.
std::optional<models::session_activity> answered_call(context& c, const models::caller& caller,
                                                      const wire::event& event) {
  const auto answer = wire::payload_of<wire::rtc_description>(event);
  const auto session = answer ? c.tx.p2p().find(answer->session_id) : std::nullopt;
  if (!session || session->expires_at <= c.now || !caller.device) return std::nullopt;
  if (session->initiator_device != *caller.device && session->target_device != *caller.device)
    return std::nullopt;
  return activity_of_running(*session);
}

std::unexpected<error> offline() {
  return fail(errc::peer_offline, "nobody is connected at this address", "to");
}

result<void> address_user(context& c, const models::caller& caller, const user_id& user,
                          models::outgoing& out) {
  if (auto ok = check_common_room(c, caller, user); !ok) return ok;
  if (!c.presence.online(user)) return offline();
  out.users = {user};
  return {};
}

result<void> address_device(context& c, const models::caller& caller, const device_id& device,
                            models::outgoing& out) {
  const auto registered = c.tx.devices().find(device);
  const auto* online = registered ? c.presence.find(device, registered->user) : c.presence.find(device);
  if (!registered && online == nullptr) return fail(errc::not_found, "there is no device of this name", "to");
  if (auto ok = check_common_room(c, caller, registered ? registered->user : online->user); !ok) return ok;
  if (online == nullptr) return offline();
  out.devices = {device};
  return {};
}

result<void> address_room(context& c, const models::caller& caller, const room_id& room,
                          models::outgoing& out) {
  if (!c.tx.rooms().find_member(room, caller.user))
    return fail(errc::not_member, "you are not in this room", "to");
  out.users = members_of(c, room);
  return {};
}

result<void> address(context& c, const models::caller& caller, const std::string& to, models::outgoing& out) {
  const auto colon = to.find(':');
  const auto prefix = to.substr(0, colon);
  const auto rest = colon == std::string::npos ? std::string() : to.substr(colon + 1);
  if (rest.empty())
    return fail(errc::field_missing, R"("to" names a "user:ID", a "device:NAME" or a "room:ID")", "to");
  if (prefix == "user") return address_user(c, caller, user_id(rest), out);
  if (prefix == "device") return address_device(c, caller, device_id(rest), out);
  if (prefix == "room") return address_room(c, caller, room_id(rest), out);
  return fail(errc::field_invalid, R"("to" names a "user:ID", a "device:NAME" or a "room:ID")", "to");
}

}  // namespace

result<outcome<event_reply>> forward(context& c, const models::caller& caller, const wire::event& event) {
  const auto* known = wire::find_event_type(event.type);
  if (known == nullptr) return fail(errc::event_unknown, "this is not an event of ours", "type");
  if (auto checked = known->normalise(event); !checked)
    return std::unexpected(in_payload(std::move(checked).error()));
  auto out = pass_on(c, caller, event);
  if (auto ok = address(c, caller, event.to, out); !ok) return std::unexpected(ok.error());
  outcome<event_reply> done;
  done.effects.events.push_back(std::move(out));
  if (event.type == "rtc.answer")
    if (auto call = answered_call(c, caller, event)) done.effects.activities.push_back(std::move(*call));
  return done;
}

result<outcome<event_reply>> update_candidates(context& c, const models::caller& caller,
                                               const wire::event& event) {
  auto payload = read_payload<wire::p2p_candidates>(event);
  if (!payload) return std::unexpected(payload.error());
  if (!caller.device) return fail(errc::forbidden, "only a device has candidates");
  if (auto ok = check_candidates(payload->candidates, "payload.candidates"); !ok)
    return std::unexpected(ok.error());
  if (payload->gen < 0) return fail(errc::field_invalid, "\"gen\" may not be negative", "payload.gen");
  if (payload->webtransport) {
    const auto device = c.tx.devices().find(*caller.device);
    if (auto ok = check_webtransport(*payload->webtransport, device ? device->public_key : std::string(),
                                     "payload.webtransport");
        !ok)
      return std::unexpected(ok.error());
  }

  auto out = pass_on(c, caller, event);
  for (const auto& session : c.tx.p2p().of_device(*caller.device, c.now)) {
    if (payload->session_id && session.id != *payload->session_id) continue;
    const bool initiates = session.initiator_device == *caller.device;
    out.devices.push_back(initiates ? session.target_device : session.initiator_device);
  }
  if (payload->session_id && out.devices.empty())
    return fail(errc::session_unknown, "this session does not exist or has ended", "payload.session_id");
  std::ranges::sort(out.devices);
  out.devices.erase(std::ranges::unique(out.devices).begin(), out.devices.end());
  outcome<event_reply> done;
  if (!out.devices.empty()) done.effects.events.push_back(std::move(out));
  done.reply.candidates = std::move(*payload);
  return done;
}

}  // namespace mesh::services
