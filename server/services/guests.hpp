// Guests without an account: they knock with an invitation, wait, and are let in or not by people of the
// room. A guest is a user row with one room, whose account goes when the visit ends.
#pragma once
#include "server/services/rooms.hpp"

namespace mesh::services {

// Makes the guest's row and sign-in, and tells the room. Errors: invitation_invalid, forbidden when the
// invitation is not for guests or the client is no page, room_locked, room_full, field_* (name).
result<outcome<signed_in>> knock(context& c, const wire::guest_request& request,
                                 const models::client& client);

// By people of the room who may invite. Errors: not_found when nobody of that id waits, and those of join.
result<outcome<wire::room_answer>> let_in(context& c, const models::caller& caller, const room_id& room,
                                          const user_id& guest);
result<outcome<nothing>> turn_away(context& c, const models::caller& caller, const room_id& room,
                                   const user_id& guest);

// Guests whose sign-in has run out are gone for good, with their places.
result<outcome<nothing>> end_visits(context& c);

}  // namespace mesh::services
