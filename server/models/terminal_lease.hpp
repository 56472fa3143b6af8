// Who has the keyboard of a shared terminal.
#pragma once
#include "core/base/clock.hpp"
#include "core/base/id.hpp"

#include <string>

#include <boost/describe.hpp>

namespace mesh::models {

// One row a terminal, which device and name say. epoch: of its newest lease, and never less than before.
// session, user: the viewer who got it.
struct terminal_lease {
  device_id device;
  std::string name;
  std::int64_t epoch = 0;
  session_id session;
  user_id user;
  wall_time expires_at;
};
BOOST_DESCRIBE_STRUCT(terminal_lease, (), (device, name, epoch, session, user, expires_at))

}  // namespace mesh::models
