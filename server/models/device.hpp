// A machine or browser profile with a key of its own.
#pragma once
#include "core/base/clock.hpp"
#include "core/base/id.hpp"

#include <optional>
#include <string>

#include <boost/describe.hpp>

namespace mesh::models {

enum class device_kind { agent, browser };
BOOST_DESCRIBE_ENUM(device_kind, agent, browser)

// public_key: base64url of the SubjectPublicKeyInfo DER. key_sha256: lower-case hex of its SHA-256.
struct device {
  device_id id;
  user_id user;
  device_kind kind = device_kind::agent;
  std::string name;
  std::string public_key;
  std::string key_sha256;
  wall_time created_at;
  std::optional<wall_time> last_seen_at;
};
BOOST_DESCRIBE_STRUCT(device, (), (id, user, kind, name, public_key, key_sha256, created_at, last_seen_at))

}  // namespace mesh::models
