#include "server/services/rooms.hpp"

#include "core/base/limits.hpp"
#include "core/capability/claims.hpp"
#include "server/services/accounts.hpp"
#include "server/services/field_limits.hpp"
#include "server/services/p2p_sessions.hpp"
#include "server/services/publish.hpp"
#include "server/services/views.hpp"

namespace mesh::services {
namespace {

result<std::set<std::string>> read_words(const std::vector<std::string>& words, const char* field) {
  std::set<std::string> out;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (std::ranges::find(capability::all_caps, std::string_view(words[i])) == capability::all_caps.end())
      return fail(errc::field_invalid, "this is not a capability",
                  wire::detail::at_index(wire::detail::join("grid", field), i));
    out.insert(words[i]);
  }
  return out;
}

wire::grid_body view(const models::grid& grid) {
  const auto list = [](const std::set<std::string>& words) {
    std::vector<std::string> out;  // in the order the contract names them
    for (const auto word : capability::all_caps)
      if (words.contains(std::string(word))) out.emplace_back(word);
    return out;
  };
  return {{list(grid.owner), list(grid.member), list(grid.guest)}};
}

// Guests without an account, in the room or at its door.
std::vector<models::user> visitors_of(context& c, const room_id& id) {
  auto ids = members_of(c, id);
  for (const auto& guest : c.tx.rooms().waiting(id)) ids.push_back(guest.user);
  std::vector<models::user> visitors;
  for (const auto& each : ids)
    if (auto user = c.tx.users().find(each); user && user->guest) visitors.push_back(std::move(*user));
  return visitors;
}

}  // namespace

models::grid default_grid() {
  models::grid grid;
  for (const auto word : capability::all_caps) grid.owner.emplace(word);
  grid.member = grid.owner;
  grid.guest = {"call", "screen", "terminal:view"};
  return grid;
}

bool may(models::role role, room_action action) {
  switch (action) {
    case room_action::invite:
      return role != models::role::guest;
    case room_action::chat:
      return true;
    default:
      return role == models::role::owner;
  }
}

result<membership> require_member(context& c, const models::caller& caller, const room_id& id) {
  auto found = c.tx.rooms().find_membership(id, caller.user);
  if (!found) return fail(errc::not_found, "there is no such room");
  return std::move(*found);
}

result<membership> require(context& c, const models::caller& caller, const room_id& id, room_action action) {
  auto found = require_member(c, caller, id);
  if (found && found->room.kind == models::room_kind::direct && action != room_action::chat)
    return fail(errc::direct_room, "a conversation of two cannot be changed or shared");
  if (found && !may(found->self.role, action))
    return fail(errc::forbidden,
                action == room_action::invite ? "guests cannot do this" : "only an owner can do this");
  return found;
}

result<wire::room_list> list_rooms(context& c, const models::caller& caller) {
  wire::room_list list;
  for (const auto& room : c.tx.rooms().of_user(caller.user)) list.rooms.push_back(view(c, room, caller.user));
  return list;
}

result<wire::room_answer> get_room(context& c, const models::caller& caller, const room_id& id) {
  const auto found = require_member(c, caller, id);
  if (!found) return std::unexpected(found.error());
  return wire::room_answer{view(c, found->room, caller.user)};
}

result<outcome<wire::room_answer>> create_room(context& c, const models::caller& caller,
                                               const wire::room_request& request) {
  if (auto ok = check_display_name(request.name, "name"); !ok) return std::unexpected(ok.error());
  if (c.tx.rooms().count_of_user(caller.user) >= static_cast<std::int64_t>(limits::rooms_per_user_max))
    return fail(errc::conflict, "you are in as many rooms as one person can be; leave one first");
  const models::room room{
      .id = c.random.id<room_id>(), .name = request.name, .created_at = c.now, .direct_key = {}};
  c.tx.rooms().insert(room, default_grid());
  c.tx.rooms().insert(models::member{room.id, caller.user, caller.username, models::role::owner, c.now});
  outcome<wire::room_answer> out{{view(c, room, caller.user)}, {}};
  // The person's other devices learn of the room.
  publish_durable(c, out.effects, "room.joined",
                  wire::make_payload(wire::room_joined{out.reply.room, {}, {}, {}}), {caller.user});
  return out;
}

result<outcome<wire::room_answer>> rename_room(context& c, const models::caller& caller, const room_id& id,
                                               const wire::room_request& request) {
  auto found = require(c, caller, id, room_action::rename);
  if (!found) return pass(found);
  if (auto ok = check_display_name(request.name, "name"); !ok) return std::unexpected(ok.error());
  c.tx.rooms().rename(id, request.name);
  found->room.name = request.name;
  outcome<wire::room_answer> out{{view(c, found->room, caller.user)}, {}};
  tell_updated(c, found->room, out.effects);
  return out;
}

result<outcome<wire::room_answer>> lock_room(context& c, const models::caller& caller, const room_id& id,
                                             const wire::lock_request& request) {
  auto found = require(c, caller, id, room_action::lock);
  if (!found) return pass(found);
  c.tx.rooms().set_locked(id, request.locked);
  found->room.locked = request.locked;
  outcome<wire::room_answer> out{{view(c, found->room, caller.user)}, {}};
  tell_updated(c, found->room, out.effects);
  return out;
}

result<outcome<nothing>> delete_room(context& c, const models::caller& caller, const room_id& id) {
  const auto found = require(c, caller, id, room_action::erase);
  if (!found) return std::unexpected(found.error());
  outcome<nothing> out;
  erase_room(c, id, out.effects);
  return out;
}

result<wire::grid_body> get_grid(context& c, const models::caller& caller, const room_id& id) {
  const auto found = require_member(c, caller, id);
  if (!found) return std::unexpected(found.error());
  return view(c.tx.rooms().find_grid(id));
}

result<outcome<wire::grid_body>> set_grid(context& c, const models::caller& caller, const room_id& id,
                                          const wire::grid_body& request) {
  const auto found = require(c, caller, id, room_action::set_grid);
  if (!found) return std::unexpected(found.error());
  auto owner = read_words(request.grid.owner, "owner");
  if (!owner) return pass(owner);
  auto member = read_words(request.grid.member, "member");
  if (!member) return pass(member);
  auto guest = read_words(request.grid.guest, "guest");
  if (!guest) return pass(guest);
  const models::grid grid{std::move(*owner), std::move(*member), std::move(*guest)};
  c.tx.rooms().set_grid(id, grid);
  outcome<wire::grid_body> out{view(grid), {}};
  revoke_ungranted(c, id, out.effects);
  tell_updated(c, found->room, out.effects);
  return out;
}

void tell_updated(context& c, const models::room& room, models::effects& effects) {
  for (const auto& member : c.tx.rooms().members(room.id))
    publish_durable(c, effects, "room.updated",
                    wire::make_payload(wire::room_updated{view(c, room, member.user)}), {member.user});
}

void erase_room(context& c, const room_id& id, models::effects& effects) {
  for (const auto& session : c.tx.p2p().of_room(id, c.now))
    revoke_session(c, session, "room_deleted", effects);
  publish_durable(c, effects, "room.deleted", wire::make_payload(wire::room_reference{id}),
                  members_of(c, id));
  const auto visitors = visitors_of(c, id);
  c.tx.rooms().erase(id);
  // Their only room is gone, so nothing of theirs can be in the way.
  for (const auto& guest : visitors) static_cast<void>(erase_account(c, guest, effects));
}

}  // namespace mesh::services
