// A link that lets its holder into one room.
#pragma once
#include "server/models/room.hpp"

#include <string>

#include <boost/describe.hpp>

namespace mesh::models {

// code_hash: the code itself is shown once and never stored.
struct invitation {
  invitation_id id;
  std::string code_hash;
  room_id room;
  models::role role = models::role::member;
  user_id created_by;
  wall_time created_at;
  wall_time expires_at;
  std::int64_t uses_left = 1;
};
BOOST_DESCRIBE_STRUCT(invitation, (),
                      (id, code_hash, room, role, created_by, created_at, expires_at, uses_left))

}  // namespace mesh::models
