// One signed-in client: what the list of sign-ins shows, and the secrets that prove it.
#pragma once
#include "core/base/clock.hpp"
#include "core/base/id.hpp"

#include <optional>
#include <string>

#include <boost/describe.hpp>

namespace mesh::models {

// browser: a page, known by its cookie. agent: mesh-agent. api: any other bearer of tokens.
enum class login_kind { browser, agent, api };
BOOST_DESCRIBE_ENUM(login_kind, browser, agent, api)

struct login {
  login_id id;
  user_id user;
  login_kind kind = login_kind::api;
  std::optional<device_id> device;  // bound by proof of its key; then refreshing needs a signature
  std::string user_agent;
  std::string ip;
  wall_time created_at;
  wall_time last_seen_at;
  wall_time expires_at;
};
BOOST_DESCRIBE_STRUCT(login, (),
                      (id, user, kind, device, user_agent, ip, created_at, last_seen_at, expires_at))

enum class login_token_purpose { refresh, cookie };
BOOST_DESCRIBE_ENUM(login_token_purpose, refresh, cookie)

// Only the hash is ever stored. used_at: a refresh token that was exchanged; seeing it again is theft.
struct login_token {
  std::string hash;
  login_id login;
  login_token_purpose purpose = login_token_purpose::refresh;
  wall_time expires_at;
  std::optional<wall_time> used_at;
};
BOOST_DESCRIBE_STRUCT(login_token, (), (hash, login, purpose, expires_at, used_at))

}  // namespace mesh::models
