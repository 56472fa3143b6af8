// Conversations of two: one between any two people who share a room, entered by nobody else.
#pragma once
#include "server/services/rooms.hpp"

namespace mesh::services {

// created: the conversation is new; otherwise it is the one the two had, into which whoever left comes back.
struct direct_conversation {
  wire::room_answer answer;
  bool created = false;
};
// Errors: not_found (username), field_invalid for oneself, room_not_common when the two are not members of
// one room (being a guest in it does not count), conflict.
result<outcome<direct_conversation>> open_direct(context& c, const models::caller& caller,
                                                 const wire::direct_request& request);

}  // namespace mesh::services
