// Somebody without an account who asked to come into a room and waits for an answer.
#pragma once
#include "core/base/clock.hpp"
#include "core/base/id.hpp"

#include <string>

#include <boost/describe.hpp>

namespace mesh::models {

struct waiting_guest {
  user_id user;
  room_id room;
  std::string username;
  wall_time since;
};
BOOST_DESCRIBE_STRUCT(waiting_guest, (), (user, room, username, since))

}  // namespace mesh::models
