// Short-lived codes that let a machine in: one-use enrolment codes and device codes (RFC 8628).
#pragma once
#include "core/base/clock.hpp"
#include "core/base/id.hpp"

#include <optional>
#include <string>

#include <boost/describe.hpp>

namespace mesh::models {

struct enroll_code {
  std::string code_hash;
  user_id user;
  wall_time expires_at;
};
BOOST_DESCRIBE_STRUCT(enroll_code, (), (code_hash, user, expires_at))

enum class device_code_state { pending, approved, denied };
BOOST_DESCRIBE_ENUM(device_code_state, pending, approved, denied)

// A machine that waits for a person to confirm it. user: who approved. last_poll_at: asking faster than the
// interval is answered by slow_down.
struct device_code {
  std::string device_code_hash;
  std::string user_code_hash;
  device_id device;
  std::string name;
  std::string public_key;
  std::string key_sha256;
  std::string ip;
  device_code_state state = device_code_state::pending;
  std::optional<user_id> user;
  wall_time created_at;
  wall_time expires_at;
  std::optional<wall_time> last_poll_at;
};
BOOST_DESCRIBE_STRUCT(device_code, (),
                      (device_code_hash, user_code_hash, device, name, public_key, key_sha256, ip, state,
                       user, created_at, expires_at, last_poll_at))

}  // namespace mesh::models
