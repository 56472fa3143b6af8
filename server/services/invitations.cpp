#include "server/services/invitations.hpp"

#include "server/auth/one_time_code.hpp"
#include "server/services/members.hpp"
#include "server/services/views.hpp"

#include <fmt/format.h>

namespace mesh::services {
namespace {

constexpr std::string_view invitation_purpose = "invitation";
constexpr std::int64_t life_seconds_min = 60;
constexpr std::int64_t life_seconds_max = 30LL * 24 * 3600;
constexpr std::int64_t life_seconds_default = 24LL * 3600;
constexpr std::int64_t uses_max = 100;

wire::invitation_info view(const models::invitation& i) {
  return {
      i.id, {}, {}, word_of(i.role), format_rfc3339(i.expires_at), i.uses_left, format_rfc3339(i.created_at)};
}

result<std::int64_t> in_range(std::optional<std::int64_t> given, std::int64_t fallback, std::int64_t min,
                              std::int64_t max, const char* field) {
  const auto value = given.value_or(fallback);
  if (value < min || value > max)
    return fail(errc::field_invalid, fmt::format("\"{}\" is between {} and {}", field, min, max), field);
  return value;
}

}  // namespace

result<outcome<wire::invitation_answer>> create_invitation(context& c, const models::caller& caller,
                                                           const room_id& id,
                                                           const wire::invitation_request& request) {
  const auto found = require(c, caller, id, room_action::invite);
  if (!found) return std::unexpected(found.error());
  const auto role = role_of(request.role.value_or("member"), "role");
  if (!role) return std::unexpected(role.error());
  if (*role == models::role::owner)
    return fail(errc::field_invalid, "an invitation makes members or guests; owners are made in the room",
                "role");
  const auto life =
      in_range(request.expires_in, life_seconds_default, life_seconds_min, life_seconds_max, "expires_in");
  if (!life) return std::unexpected(life.error());
  const auto uses = in_range(request.max_uses, 1, 1, uses_max, "max_uses");
  if (!uses) return std::unexpected(uses.error());
  const auto code = c.random.token();
  const models::invitation made{c.random.id<invitation_id>(),
                                auth::token_hash(invitation_purpose, code),
                                id,
                                *role,
                                caller.user,
                                c.now,
                                c.now + std::chrono::seconds(*life),
                                *uses};
  c.tx.invitations().insert(made);
  outcome<wire::invitation_answer> out{{view(made)}, {}};
  out.reply.invitation.code = code;
  out.reply.invitation.url = c.settings.public_url + "/#/invite/" + code;
  return out;
}

result<wire::invitation_list> list_invitations(context& c, const models::caller& caller, const room_id& id) {
  const auto found = require(c, caller, id, room_action::invite);
  if (!found) return std::unexpected(found.error());
  wire::invitation_list list;
  for (const auto& invitation : c.tx.invitations().of_room(id, c.now))
    list.invitations.push_back(view(invitation));
  return list;
}

result<outcome<nothing>> delete_invitation(context& c, const models::caller& caller,
                                           const invitation_id& id) {
  const auto gone = [] { return fail(errc::not_found, "there is no such invitation"); };
  const auto invitation = c.tx.invitations().find(id);
  if (!invitation) return gone();
  const auto found = require_member(c, caller, invitation->room);
  if (!found) return gone();
  if (found->self.role != models::role::owner && invitation->created_by != caller.user)
    return fail(errc::forbidden, "only an owner or the one who made it can withdraw an invitation");
  c.tx.invitations().erase(id);
  return outcome<nothing>{};
}

result<wire::invitation_preview> preview_invitation(context& c, std::string_view code) {
  const auto invitation = find_valid_invitation(c, code, "code");
  if (!invitation) return std::unexpected(invitation.error());
  const auto room = c.tx.rooms().find(invitation->room);
  const auto inviter = c.tx.users().find(invitation->created_by);
  return wire::invitation_preview{room ? room->name : "",
                                  inviter ? inviter->username : std::string(models::deleted_username),
                                  word_of(invitation->role), format_rfc3339(invitation->expires_at)};
}

result<outcome<wire::room_answer>> accept_invitation(context& c, const models::caller& caller,
                                                     std::string_view code) {
  const auto invitation = find_valid_invitation(c, code, "code");
  if (!invitation) return std::unexpected(invitation.error());
  const auto user = c.tx.users().find(caller.user);
  if (!user) return fail(errc::unauthorized, "the account is gone");
  outcome<wire::room_answer> out;
  if (auto joined = join_by_invitation(c, *user, *invitation, out.effects); !joined)
    return std::unexpected(joined.error());
  const auto room = c.tx.rooms().find(invitation->room);
  if (!room) return fail(errc::not_found, "there is no such room");
  out.reply.room = services::view(c, *room, caller.user);
  return out;
}

result<models::invitation> find_valid_invitation(context& c, std::string_view code, std::string_view field) {
  auto invitation = c.tx.invitations().find_by_code(auth::token_hash(invitation_purpose, code));
  const auto inviter =
      invitation ? c.tx.rooms().find_member(invitation->room, invitation->created_by) : std::nullopt;
  const bool invited_by_right =
      inviter && may(inviter->role, room_action::invite);  // not of one who was removed since
  if (!invited_by_right || invitation->uses_left <= 0 || invitation->expires_at <= c.now)
    return fail(errc::invitation_invalid, "this invitation does not exist, was used or has expired",
                std::string(field));
  return std::move(*invitation);
}

result<void> join_by_invitation(context& c, const models::user& user, const models::invitation& invitation,
                                models::effects& effects) {
  const auto room = c.tx.rooms().find(invitation.room);
  if (!room || !c.tx.invitations().use(invitation.id, c.now))
    return fail(errc::invitation_invalid, "this invitation does not exist, was used or has expired");
  return join(c, *room, user, invitation.role, effects);
}

}  // namespace mesh::services
