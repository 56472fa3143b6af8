// Rooms and what each role may do in them.
#pragma once
#include "core/wire/room_bodies.hpp"
#include "server/services/sign_in.hpp"

namespace mesh::services {

// The capabilities of a new room: owners and members everything, guests call, screen and terminal:view.
models::grid default_grid();

// What a person may do in a room at all. Everything else follows from being a member.
enum class room_action { rename, erase, set_grid, add_member, set_role, remove_member, lock, invite, chat };
bool may(models::role role, room_action action);

// The room and the caller's place in it. Errors: not_found for a stranger (whether the room exists is not
// told), forbidden when the role does not allow the action, direct_room for all but chat in a conversation of
// two.
using models::membership;
result<membership> require_member(context& c, const models::caller& caller, const room_id& room);
result<membership> require(context& c, const models::caller& caller, const room_id& room, room_action action);

result<wire::room_list> list_rooms(context& c, const models::caller& caller);
result<wire::room_answer> get_room(context& c, const models::caller& caller, const room_id& room);
// Errors: conflict when the person is in limits::rooms_per_user_max rooms, field_*.
result<outcome<wire::room_answer>> create_room(context& c, const models::caller& caller,
                                               const wire::room_request& request);
result<outcome<wire::room_answer>> rename_room(context& c, const models::caller& caller, const room_id& room,
                                               const wire::room_request& request);
// While it is locked nobody enters, by invitation or otherwise.
result<outcome<wire::room_answer>> lock_room(context& c, const models::caller& caller, const room_id& room,
                                             const wire::lock_request& request);
result<outcome<nothing>> delete_room(context& c, const models::caller& caller, const room_id& room);

result<wire::grid_body> get_grid(context& c, const models::caller& caller, const room_id& room);
// p2p sessions that the new grid no longer allows end. Errors: field_invalid for a word that is no
// capability.
result<outcome<wire::grid_body>> set_grid(context& c, const models::caller& caller, const room_id& room,
                                          const wire::grid_body& request);

// room.updated to every member, each with their own role.
void tell_updated(context& c, const models::room& room, models::effects& effects);
// The room itself goes, with its sessions; room.deleted to the members.
void erase_room(context& c, const room_id& room, models::effects& effects);

}  // namespace mesh::services
