#include "server/services/members.hpp"

#include "core/base/limits.hpp"
#include "server/auth/username.hpp"
#include "server/services/accounts.hpp"
#include "server/services/p2p_sessions.hpp"
#include "server/services/publish.hpp"
#include "server/services/views.hpp"

namespace mesh::services {
namespace {

// True when nobody else in the room is an owner.
bool is_only_owner(const std::vector<models::member>& members, const user_id& user) {
  bool owns = false;
  for (const auto& m : members) {
    if (m.role != models::role::owner) continue;
    if (m.user != user) return false;
    owns = true;
  }
  return owns;
}

result<void> hand_over(context& c, const membership& from, const user_id& to) {
  if (from.self.role != models::role::owner)
    return fail(errc::forbidden, "only an owner can hand the room over", "successor_id");
  const auto next = c.tx.users().find(to);
  if (to == from.self.user || !next || next->guest || !c.tx.rooms().find_member(from.room.id, to))
    return fail(errc::field_invalid, "the new owner has to be somebody else in the room, with an account",
                "successor_id");
  c.tx.rooms().set_role(from.room.id, to, models::role::owner);
  return {};
}

}  // namespace

result<outcome<wire::room_answer>> add_member(context& c, const models::caller& caller, const room_id& id,
                                              const wire::member_request& request) {
  const auto found = require(c, caller, id, room_action::add_member);
  if (!found) return std::unexpected(found.error());
  const auto role = role_of(request.role.value_or("member"), "role");
  if (!role) return std::unexpected(role.error());
  const auto user = c.tx.users().find_by_name(auth::normalise_username(request.username));
  if (!user || user->guest) return fail(errc::not_found, "there is no account of this name", "username");
  outcome<wire::room_answer> out;
  if (auto joined = join(c, found->room, *user, *role, out.effects); !joined)
    return std::unexpected(joined.error());
  out.reply.room = view(c, found->room, caller.user);
  return out;
}

result<outcome<wire::room_answer>> set_role(context& c, const models::caller& caller, const room_id& id,
                                            const user_id& user, const wire::role_request& request) {
  const auto found = require(c, caller, id, room_action::set_role);
  if (!found) return std::unexpected(found.error());
  const auto role = role_of(request.role, "role");
  if (!role) return std::unexpected(role.error());
  const auto members = c.tx.rooms().members(id);
  if (std::ranges::find(members, user, &models::member::user) == members.end())
    return fail(errc::not_found, "this person is not in the room");
  const auto account = c.tx.users().find(user);
  if (account && account->guest && *role != models::role::guest)
    return fail(errc::field_invalid, "a visitor without an account stays a guest", "role");
  if (*role != models::role::owner && is_only_owner(members, user))
    return fail(errc::last_owner, "a room needs an owner; make somebody else one first", "role");
  c.tx.rooms().set_role(id, user, *role);
  outcome<wire::room_answer> out{{view(c, found->room, caller.user)}, {}};
  revoke_ungranted(c, id, out.effects);
  tell_updated(c, found->room, out.effects);
  return out;
}

result<outcome<nothing>> remove_other(context& c, const models::caller& caller, const room_id& id,
                                      const user_id& user) {
  if (user == caller.user) return leave_room(c, caller, id);
  const auto found = require(c, caller, id, room_action::remove_member);
  if (!found) return std::unexpected(found.error());
  const auto account = c.tx.rooms().find_member(id, user) ? c.tx.users().find(user) : std::nullopt;
  if (!account) return fail(errc::not_found, "this person is not in the room");
  outcome<nothing> out;
  if (auto removed = remove_member(c, id, *account, "removed", out.effects); !removed)
    return std::unexpected(removed.error());
  if (account->guest)
    if (auto gone = erase_account(c, *account, out.effects); !gone) return std::unexpected(gone.error());
  return out;
}

result<outcome<nothing>> leave_room(context& c, const models::caller& caller, const room_id& id,
                                    const wire::leave_request& request) {
  const auto found = require_member(c, caller, id);
  if (!found) return std::unexpected(found.error());
  if (request.successor_id)
    if (auto handed = hand_over(c, *found, *request.successor_id); !handed)
      return std::unexpected(handed.error());
  const auto account = c.tx.users().find(caller.user);
  if (!account) return fail(errc::unauthorized, "the account is gone");
  outcome<nothing> out;
  if (auto left = remove_member(c, id, *account, "left", out.effects); !left)
    return std::unexpected(left.error());
  if (request.successor_id) tell_updated(c, found->room, out.effects);
  if (account->guest)
    if (auto gone = erase_account(c, *account, out.effects); !gone) return std::unexpected(gone.error());
  return out;
}

result<void> join(context& c, const models::room& room, const models::user& user, models::role role,
                  models::effects& effects) {
  if (c.tx.rooms().find_member(room.id, user.id))
    return fail(errc::already_member, "this person is in the room already");
  if (room.locked) return fail(errc::room_locked, "the room is locked; nobody can enter now");
  auto others = members_of(c, room.id);
  if (static_cast<std::int64_t>(others.size()) >= c.settings.room_members_max)
    return fail(errc::room_full, "the room is full");
  if (c.tx.rooms().count_of_user(user.id) >= static_cast<std::int64_t>(limits::rooms_per_user_max))
    return fail(errc::conflict, "this person is in as many rooms as one can be");
  c.tx.rooms().insert(models::member{room.id, user.id, user.username, role, c.now});
  wire::room_joined own;
  own.room = view(c, room, user.id);
  publish_durable(c, effects, "room.joined", wire::make_payload(own), {user.id});
  wire::room_joined theirs;
  theirs.room_id = room.id;
  theirs.user_id = user.id;
  theirs.username = user.username;
  publish_durable(c, effects, "room.joined", wire::make_payload(theirs), std::move(others));
  return {};
}

result<void> remove_member(context& c, const room_id& id, const models::user& user, std::string_view reason,
                           models::effects& effects) {
  const auto members = c.tx.rooms().members(id);
  if (members.size() == 1) {
    erase_room(c, id, effects);
    return {};
  }
  if (is_only_owner(members, user.id))
    return fail(errc::last_owner, "a room needs an owner; make somebody else one first, or delete the room");
  for (const auto& session : c.tx.p2p().of_room(id, c.now))
    if (session.initiator_user == user.id || session.target_user == user.id)
      revoke_session(c, session, "member_removed", effects);
  std::vector<user_id> told;
  told.reserve(members.size());
  for (const auto& m : members) told.push_back(m.user);
  c.tx.rooms().erase_member(id, user.id);
  publish_durable(c, effects, "room.left",
                  wire::make_payload(wire::room_left{id, user.id, user.username, std::string(reason)}),
                  std::move(told));
  return {};
}

}  // namespace mesh::services
