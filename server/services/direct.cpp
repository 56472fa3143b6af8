#include "server/services/direct.hpp"

#include "core/base/limits.hpp"
#include "server/auth/username.hpp"
#include "server/services/publish.hpp"
#include "server/services/views.hpp"

#include <algorithm>

namespace mesh::services {
namespace {

// The same for both directions.
std::string key_of(const user_id& a, const user_id& b) {
  return std::min(a.str(), b.str()) + ":" + std::max(a.str(), b.str());
}

bool both_members_somewhere(context& c, const user_id& a, const user_id& b) {
  return std::ranges::any_of(c.tx.rooms().common(a, b), [&](const room_id& room) {
    const auto first = c.tx.rooms().find_member(room, a);
    const auto second = c.tx.rooms().find_member(room, b);
    return first && second && first->role != models::role::guest && second->role != models::role::guest;
  });
}

result<void> enter(context& c, const models::room& room, const user_id& user, std::string_view username,
                   models::effects& effects) {
  if (c.tx.rooms().find_member(room.id, user)) return {};
  if (c.tx.rooms().count_of_user(user) >= static_cast<std::int64_t>(limits::rooms_per_user_max))
    return fail(errc::conflict, "one of you is in as many rooms as one person can be");
  const auto others = members_of(c, room.id);
  c.tx.rooms().insert(models::member{room.id, user, std::string(username), models::role::member, c.now});
  wire::room_joined theirs;
  theirs.room_id = room.id;
  theirs.user_id = user;
  theirs.username = username;
  publish_durable(c, effects, "room.joined", wire::make_payload(theirs), others);
  return {};
}

}  // namespace

result<outcome<direct_conversation>> open_direct(context& c, const models::caller& caller,
                                                 const wire::direct_request& request) {
  const auto other = c.tx.users().find_by_name(auth::normalise_username(request.username));
  if (!other) return fail(errc::not_found, "there is no account of this name", "username");
  if (other->id == caller.user)
    return fail(errc::field_invalid, "a conversation of two needs somebody else", "username");
  const auto key = key_of(caller.user, other->id);
  outcome<direct_conversation> out;
  auto room = c.tx.rooms().find_direct(key);
  if (!room && !both_members_somewhere(c, caller.user, other->id))
    return fail(errc::room_not_common, "you two are not members of one room", "username");
  if (!room) {
    room = models::room{.id = c.random.id<room_id>(),
                        .name = {},
                        .created_at = c.now,
                        .kind = models::room_kind::direct,
                        .direct_key = key};
    c.tx.rooms().insert(*room, default_grid());
    out.reply.created = true;
  }
  std::vector<user_id> told;
  for (const auto& [id, name] : {std::pair{caller.user, caller.username}, {other->id, other->username}}) {
    if (!c.tx.rooms().find_member(room->id, id)) told.push_back(id);
    if (auto in = enter(c, *room, id, name, out.effects); !in) return std::unexpected(in.error());
  }
  // Both are in by now, so that each reads the other's name as the conversation's.
  for (const auto& id : told) {
    wire::room_joined own;
    own.room = view(c, *room, id);
    publish_durable(c, out.effects, "room.joined", wire::make_payload(own), {id});
  }
  out.reply.answer.room = view(c, *room, caller.user);
  return out;
}

}  // namespace mesh::services
