// A permission for two devices to talk directly, for one purpose.
#pragma once
#include "core/base/clock.hpp"
#include "core/base/id.hpp"

#include <optional>
#include <string>

#include <boost/describe.hpp>

namespace mesh::models {

// room: absent between devices of one person. sender: "initiator" or "target". expires_at: end of the newest
// token, which bounds the start; alive_until: after it, without a renewal, the session is forgotten.
struct p2p_session {
  session_id id;
  std::string kind;
  std::optional<room_id> room;
  user_id initiator_user;
  device_id initiator_device;
  user_id target_user;
  device_id target_device;
  std::string sender;
  std::optional<std::uint64_t> max_size;
  std::optional<std::uint64_t> max_rate;
  std::int64_t ttl_seconds = 0;
  wall_time created_at;
  wall_time expires_at;
  wall_time alive_until;
};
BOOST_DESCRIBE_STRUCT(p2p_session, (),
                      (id, kind, room, initiator_user, initiator_device, target_user, target_device, sender,
                       max_size, max_rate, ttl_seconds, created_at, expires_at, alive_until))

}  // namespace mesh::models
