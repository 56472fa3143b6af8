// Who is in a room: adding, roles, leaving, removing.
#pragma once
#include "server/services/rooms.hpp"

namespace mesh::services {

// Errors: forbidden, not_found (username), already_member, room_full, field_invalid.
result<outcome<wire::room_answer>> add_member(context& c, const models::caller& caller, const room_id& room,
                                              const wire::member_request& request);
// Errors: last_owner when the only owner would stop being one.
result<outcome<wire::room_answer>> set_role(context& c, const models::caller& caller, const room_id& room,
                                            const user_id& user, const wire::role_request& request);
// Removing oneself is leaving.
result<outcome<nothing>> remove_other(context& c, const models::caller& caller, const room_id& room,
                                      const user_id& user);
// request.successor_id becomes an owner first. Errors: last_owner, field_invalid when the successor is not in
// the room, forbidden when the leaver has nothing to hand over.
result<outcome<nothing>> leave_room(context& c, const models::caller& caller, const room_id& room,
                                    const wire::leave_request& request = {});

// The person becomes a member and everybody hears of it. Errors: already_member, room_locked, room_full,
// conflict.
result<void> join(context& c, const models::room& room, const models::user& user, models::role role,
                  models::effects& effects);

// The person goes, and with them their p2p sessions of this room; an empty room goes too. reason: "left",
// "removed" or "account_deleted". Errors: last_owner when others would stay without an owner.
result<void> remove_member(context& c, const room_id& room, const models::user& user, std::string_view reason,
                           models::effects& effects);

}  // namespace mesh::services
