// Invitations: links into one room, for people with and without an account.
#pragma once
#include "server/services/rooms.hpp"

namespace mesh::services {

// Errors: forbidden for guests, field_invalid (role "owner", expires_in, max_uses).
result<outcome<wire::invitation_answer>> create_invitation(context& c, const models::caller& caller,
                                                           const room_id& room,
                                                           const wire::invitation_request& request);
result<wire::invitation_list> list_invitations(context& c, const models::caller& caller, const room_id& room);
// By an owner of the room or the one who made it. Errors: not_found.
result<outcome<nothing>> delete_invitation(context& c, const models::caller& caller, const invitation_id& id);
// For anybody who holds the code. Errors: invitation_invalid.
result<wire::invitation_preview> preview_invitation(context& c, std::string_view code);
// Errors: invitation_invalid, already_member, room_full.
result<outcome<wire::room_answer>> accept_invitation(context& c, const models::caller& caller,
                                                     std::string_view code);

// Errors: invitation_invalid with the field; unknown, used up and expired look the same.
result<models::invitation> find_valid_invitation(context& c, std::string_view code, std::string_view field);
// Uses it up once. Errors: those of join.
result<void> join_by_invitation(context& c, const models::user& user, const models::invitation& invitation,
                                models::effects& effects);

}  // namespace mesh::services
