// One line of chat. seq orders the messages of a room without gaps.
#pragma once
#include "core/base/clock.hpp"
#include "core/base/id.hpp"

#include <string>

#include <boost/describe.hpp>

namespace mesh::models {

struct message {
  message_id id;
  room_id room;
  std::int64_t seq = 0;
  user_id user;
  std::string username;
  std::string text;
  std::string client_id;  // chosen by the sender; the same one again is the same message
  wall_time created_at;
};
BOOST_DESCRIBE_STRUCT(message, (), (id, room, seq, user, username, text, client_id, created_at))

}  // namespace mesh::models
