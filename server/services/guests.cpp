#include "server/services/guests.hpp"

#include "core/base/escape.hpp"
#include "server/services/accounts.hpp"
#include "server/services/field_limits.hpp"
#include "server/services/invitations.hpp"
#include "server/services/members.hpp"
#include "server/services/views.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace mesh::services {
namespace {

// A visit is one day's work at most; whoever comes again knocks again.
constexpr auto visit_life = std::chrono::hours(12);
// A door that more people stand at is being abused; a room has 8 places at most.
constexpr std::size_t waiting_max = 8;
constexpr std::size_t name_chars_max = 32;
constexpr int namesakes_max = 100;

// "~Paul", "~Paul 2": the sign is no part of any account's name, so a guest is never taken for one.
result<models::user> new_guest(context& c, const std::string& name) {
  models::user user;
  user.id = c.random.id<user_id>();
  user.created_at = c.now;
  user.guest = true;
  for (int i = 1; i <= namesakes_max; ++i) {
    user.username = i == 1 ? "~" + name : fmt::format("~{} {}", name, i);
    if (c.tx.users().insert(user)) return user;
  }
  return fail(errc::username_taken, "too many guests of this name are here; choose another", "name");
}

result<models::waiting_guest> find_waiting(context& c, const room_id& room, const user_id& guest) {
  for (auto& one : c.tx.rooms().waiting(room))
    if (one.user == guest) return std::move(one);
  return fail(errc::not_found, "nobody of that name waits here");
}

}  // namespace

result<outcome<signed_in>> knock(context& c, const wire::guest_request& request,
                                 const models::client& client) {
  const auto invitation = find_valid_invitation(c, request.invitation, "invitation");
  if (!invitation) return std::unexpected(invitation.error());
  if (invitation->role != models::role::guest)
    return fail(errc::forbidden, "this invitation is for people with an account", "invitation");
  if (!client.page) return fail(errc::forbidden, "guests come in by the page");
  if (auto ok = check_display_name(request.name, "name"); !ok) return std::unexpected(ok.error());
  if (utf8_length(request.name) > name_chars_max)
    return fail(errc::field_too_long, fmt::format("a guest's name has {} characters at most", name_chars_max),
                "name");
  const auto room = c.tx.rooms().find(invitation->room);
  if (!room) return fail(errc::invitation_invalid, "the room is gone", "invitation");
  if (room->locked) return fail(errc::room_locked, "the room is locked; nobody can enter now");
  const auto members = c.tx.rooms().members(room->id);
  if (c.tx.rooms().waiting(room->id).size() >= waiting_max ||
      static_cast<std::int64_t>(members.size()) >= c.settings.room_members_max)
    return fail(errc::room_full, "the room is full");
  if (!c.tx.invitations().use(invitation->id, c.now))
    return fail(errc::invitation_invalid, "this invitation was used", "invitation");
  const auto guest = new_guest(c, request.name);
  if (!guest) return std::unexpected(guest.error());
  outcome<signed_in> out;
  out.reply = start_login(c, *guest, client);
  for (const auto& login : c.tx.logins().of_user(guest->id))
    c.tx.logins().set_expiry(login.id, c.now + visit_life);
  c.tx.rooms().insert(models::waiting_guest{guest->id, room->id, guest->username, c.now});
  tell_updated(c, *room, out.effects);
  return out;
}

result<outcome<wire::room_answer>> let_in(context& c, const models::caller& caller, const room_id& id,
                                          const user_id& guest) {
  const auto found = require(c, caller, id, room_action::invite);
  if (!found) return std::unexpected(found.error());
  const auto waiting = find_waiting(c, id, guest);
  if (!waiting) return std::unexpected(waiting.error());
  const auto user = c.tx.users().find(guest);
  if (!user) return fail(errc::not_found, "the guest has gone");
  c.tx.rooms().erase_waiting(guest);
  outcome<wire::room_answer> out;
  if (auto joined = join(c, found->room, *user, models::role::guest, out.effects); !joined)
    return std::unexpected(joined.error());
  tell_updated(c, found->room, out.effects);
  out.reply.room = view(c, found->room, caller.user);
  return out;
}

result<outcome<nothing>> turn_away(context& c, const models::caller& caller, const room_id& id,
                                   const user_id& guest) {
  const auto found = require(c, caller, id, room_action::invite);
  if (!found) return std::unexpected(found.error());
  const auto waiting = find_waiting(c, id, guest);
  if (!waiting) return std::unexpected(waiting.error());
  const auto user = c.tx.users().find(guest);
  if (!user) return fail(errc::not_found, "the guest has gone");
  outcome<nothing> out;
  if (auto gone = erase_account(c, *user, out.effects); !gone) return std::unexpected(gone.error());
  return out;
}

result<outcome<nothing>> end_visits(context& c) {
  outcome<nothing> out;
  for (const auto& guest : c.tx.users().guests_without_login(c.now))
    if (auto gone = erase_account(c, guest, out.effects); !gone) return std::unexpected(gone.error());
  return out;
}

}  // namespace mesh::services
