#include "server/services/terminal_offers.hpp"

#include "core/base/limits.hpp"
#include "server/services/publish.hpp"
#include "server/services/terminal_control.hpp"

#include <algorithm>

namespace mesh::services {
namespace {

constexpr const char* view_capability = "terminal:view";

bool may_look(context& c, const room_id& room, const user_id& user) {
  const auto member = c.tx.rooms().find_member(room, user);
  return member && c.tx.rooms().find_grid(room).allows(member->role, view_capability);
}

// Among the people of its room.
bool is_for(const wire::terminal_offer& offer, const user_id& user) {
  return !offer.to_user_id || *offer.to_user_id == user;
}

std::vector<user_id> lookers(context& c, const user_id& sharer, const wire::terminal_offer& offer) {
  std::vector<user_id> users{sharer};
  if (!offer.room_id) return users;
  const auto grid = c.tx.rooms().find_grid(*offer.room_id);
  for (const auto& member : c.tx.rooms().members(*offer.room_id))
    if (member.user != sharer && is_for(offer, member.user) && grid.allows(member.role, view_capability))
      users.push_back(member.user);
  return users;
}

std::string username_of(context& c, const user_id& id) {
  const auto user = c.tx.users().find(id);
  return user ? user->username : std::string();
}

std::optional<wire::terminal_controller> controller_of(context& c, const device_id& device,
                                                       const wire::terminal_offer& offer) {
  const auto lease = c.tx.leases().find(device, offer.name);
  if (offer.ended || !lease || lease->expires_at <= c.now) return std::nullopt;
  return wire::terminal_controller{lease->user, username_of(c, lease->user), lease->session, lease->epoch,
                                   format_rfc3339(lease->expires_at)};
}

wire::terminal_shared as_told(context& c, const device_id& device, const user_id& user,
                              const wire::terminal_offer& offer) {
  return {device,          user,        username_of(c, user),
          offer.name,      offer.cols,  offer.rows,
          offer.room_id,   offer.ended, controller_of(c, device, offer),
          offer.to_user_id};
}

void tell(context& c, const device_id& device, const user_id& sharer, const wire::terminal_offer& offer,
          models::effects& effects) {
  models::outgoing out;
  out.event = make_event(c, "terminal.shared", wire::make_payload(as_told(c, device, sharer, offer)));
  out.event.from = "device:" + device.str();
  if (offer.room_id) out.event.to = "room:" + offer.room_id->str();
  out.users = lookers(c, sharer, offer);
  out.except = device;
  effects.events.push_back(std::move(out));
}

// What ended while the server could not say so.
void tell_lost_lease(context& c, const device_id& device, std::string_view name, models::effects& effects) {
  const auto lease = c.tx.leases().find(device, name);
  if (!lease || lease->expires_at > c.now) return;
  models::outgoing out;
  out.event = make_event(c, "terminal.control.revoked",
                         wire::make_payload(wire::terminal_control{.session_id = lease->session,
                                                                   .user_id = lease->user,
                                                                   .name = lease->name,
                                                                   .epoch = lease->epoch,
                                                                   .reason = "over"}));
  out.devices = {device};
  effects.events.push_back(std::move(out));
}

result<void> check(const wire::terminal_offer& offer) {
  if (auto ok = check_display_name(offer.name, "payload.name"); !ok) return ok;
  if (offer.name.size() > limits::terminal_name_chars_max)
    return fail(errc::field_too_long, "the name of a terminal has at most 64 letters", "payload.name");
  if (offer.cols < 1 || offer.cols > limits::terminal_columns_max)
    return fail(errc::field_invalid, "no terminal has so many columns", "payload.cols");
  if (offer.rows < 1 || offer.rows > limits::terminal_rows_max)
    return fail(errc::field_invalid, "no terminal has so many rows", "payload.rows");
  return {};
}

}  // namespace

result<outcome<event_reply>> share_terminal(context& c, const models::caller& caller,
                                            const wire::event& event) {
  auto offer = read_payload<wire::terminal_offer>(event);
  if (!offer) return std::unexpected(offer.error());
  if (auto ok = check(*offer); !ok) return std::unexpected(ok.error());
  const auto* device = caller.device ? c.presence.find(*caller.device, caller.user) : nullptr;
  if (device == nullptr || device->kind != "agent")
    return fail(errc::forbidden, "only an agent shares terminals", "type");
  if (!offer->ended && offer->room_id && !c.tx.rooms().find_member(*offer->room_id, caller.user))
    return fail(errc::not_member, "you are not in this room", "payload.room_id");
  if (offer->to_user_id && !offer->room_id)
    return fail(errc::field_missing, "a person is somebody in a room", "payload.room_id");
  if (!offer->ended && offer->to_user_id && !c.tx.rooms().find_member(*offer->room_id, *offer->to_user_id))
    return fail(errc::not_member, "this person is not in this room", "payload.to_user_id");
  const auto before = std::ranges::find(device->terminals, offer->name, &wire::terminal_offer::name);
  const bool known = before != device->terminals.end();
  if (!known && !offer->ended && device->terminals.size() >= limits::terminals_max)
    return fail(errc::busy, "this machine shares as many terminals as one can", "payload.name");
  outcome<event_reply> out;
  // Who may look no longer, hears of its end.
  const bool elsewhere =
      known && (before->room_id != offer->room_id || before->to_user_id != offer->to_user_id);
  if (elsewhere) {
    auto over = *before;
    over.ended = true;
    tell(c, *caller.device, caller.user, over, out.effects);
  }
  if (known && offer->ended) {
    offer->room_id = before->room_id;
    offer->to_user_id = before->to_user_id;
  }
  if (known || !offer->ended) tell(c, *caller.device, caller.user, *offer, out.effects);
  const auto lease = c.tx.leases().find(*caller.device, offer->name);
  const bool held = lease && lease->expires_at > c.now;
  if (held && offer->ended)
    end_lease(c, *lease, "ended", out.effects);
  else if (held && !known && offer->epoch && *offer->epoch != lease->epoch)
    // The machine took it back, or started anew, while the server was away.
    end_lease(c, *lease, "vanished", out.effects);
  else if (!held && !known && !offer->ended)
    tell_lost_lease(c, *caller.device, offer->name, out.effects);
  out.reply.terminal = std::move(*offer);
  return out;
}

result<wire::terminal_list> list_terminals(context& c, const models::caller& caller) {
  wire::terminal_list list;
  for (const auto& [id, device] : c.presence.devices)
    for (const auto& offer : device.terminals) {
      const bool shared_here = offer.room_id && is_for(offer, caller.user) &&
                               may_look(c, *offer.room_id, caller.user) &&
                               c.tx.rooms().find_member(*offer.room_id, device.user);
      if (device.user == caller.user || shared_here)
        list.terminals.push_back(as_told(c, id, device.user, offer));
    }
  return list;
}

models::effects end_terminals(context& c, const models::caller& sharer,
                              std::vector<wire::terminal_offer> terminals) {
  models::effects effects;
  for (auto& offer : terminals) {
    offer.ended = true;
    tell(c, *sharer.device, sharer.user, offer, effects);
  }
  return effects;
}

void tell_terminal(context& c, const device_id& device, std::string_view name, models::effects& effects) {
  const auto* sharer = c.presence.find(device);
  if (sharer == nullptr) return;
  const auto offer = std::ranges::find(sharer->terminals, name, &wire::terminal_offer::name);
  if (offer != sharer->terminals.end()) tell(c, device, sharer->user, *offer, effects);
}

}  // namespace mesh::services
