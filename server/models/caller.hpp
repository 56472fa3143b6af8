// Who is asking: the result of authentication, handed to every service.
#pragma once
#include "core/base/id.hpp"
#include "server/models/login.hpp"

#include <optional>
#include <string>

namespace mesh::models {

// device: the device this sign-in is bound to. by_cookie: a page; it gets cookies instead of tokens. guest:
// as in models::user; may do little. origin: of the page that asks (RFC 6454), checked to be ours; empty when
// no page does.
struct caller {
  user_id user;
  std::string username;
  bool admin = false;
  login_id login;
  login_kind kind = login_kind::api;
  std::optional<device_id> device;
  bool by_cookie = false;
  bool guest = false;
  std::string origin;
};

// Where a request came from, for the list of sign-ins.
struct client {
  std::string ip;
  std::string user_agent;
  bool page = false;  // the request carries an Origin
};

}  // namespace mesh::models
