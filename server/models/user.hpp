// A person with an account.
#pragma once
#include "core/base/clock.hpp"
#include "core/base/id.hpp"

#include <optional>
#include <string>

#include <boost/describe.hpp>

namespace mesh::models {

// The name shown where a deleted account wrote; nobody can register it.
inline constexpr std::string_view deleted_username = "deleted-user";

// password_hash: the PHC text of Argon2id; none until a password was set (owner before set-up). admin: may
// read /metrics from elsewhere; the first account of a server. guest: no account, only one visit to one room.
struct user {
  user_id id;
  std::string username;
  std::optional<std::string> password_hash;
  wall_time created_at;
  bool admin = false;
  bool guest = false;
};
BOOST_DESCRIBE_STRUCT(user, (), (id, username, password_hash, created_at, admin, guest))

}  // namespace mesh::models
