// REST bodies about people and their sign-ins: /api/auth/*, /api/account, /api/server.
#pragma once
#include "core/wire/json.hpp"

#include <optional>
#include <string>
#include <vector>

namespace mesh::wire {

struct register_request {
  std::string username;
  std::string password;
  std::optional<std::string> invitation;
};
BOOST_DESCRIBE_STRUCT(register_request, (), (username, password, invitation))

struct login_request {
  std::string username;
  std::string password;
};
BOOST_DESCRIBE_STRUCT(login_request, (), (username, password))

// signature: base64url, Ed25519 by the device key over "mesh-refresh/1\n" + refresh_token.
struct refresh_request {
  std::string refresh_token;
  std::optional<std::string> signature;
};
BOOST_DESCRIBE_STRUCT(refresh_request, (), (refresh_token, signature))

struct setup_request {
  std::string token;
  std::string username;
  std::string password;
};
BOOST_DESCRIBE_STRUCT(setup_request, (), (token, username, password))

struct password_request {
  std::optional<std::string> current_password;
  std::string new_password;
};
BOOST_DESCRIBE_STRUCT(password_request, (), (current_password, new_password))

struct delete_account_request {
  std::string password;
};
BOOST_DESCRIBE_STRUCT(delete_account_request, (), (password))

// A person without an account asks to come in: the code of an invitation for guests, and a name to be called
// by.
struct guest_request {
  std::string invitation;
  std::string name;
};
BOOST_DESCRIBE_STRUCT(guest_request, (), (invitation, name))

struct empty_body {};
BOOST_DESCRIBE_STRUCT(empty_body, (), ())

// guest: the person has no account, only this visit.
struct user_info {
  user_id id;
  std::string username;
  std::string created_at;
  bool has_password = true;
  std::optional<bool> guest = {};
};
BOOST_DESCRIBE_STRUCT(user_info, (), (id, username, created_at, has_password, guest))

struct user_answer {
  user_info user;
};
BOOST_DESCRIBE_STRUCT(user_answer, (), (user))

// What signing in gives a bearer client; a page gets user alone and a cookie. expires_in: seconds.
struct tokens {
  std::optional<std::string> access_token;
  std::optional<std::string> token_type;
  std::optional<std::int64_t> expires_in;
  std::optional<std::string> refresh_token;
  user_info user;
  std::optional<mesh::device_id> device_id;
};
BOOST_DESCRIBE_STRUCT(tokens, (), (access_token, token_type, expires_in, refresh_token, user, device_id))

// One signed-in client in the list of sign-ins. kind: "browser", "agent" or "api".
struct login_info {
  login_id id;
  std::string kind;
  std::optional<mesh::device_id> device_id;
  std::string user_agent;
  std::string ip;
  std::string created_at;
  std::string last_seen_at;
  bool current = false;
};
BOOST_DESCRIBE_STRUCT(login_info, (),
                      (id, kind, device_id, user_agent, ip, created_at, last_seen_at, current))

struct login_list {
  std::vector<login_info> sessions;
};
BOOST_DESCRIBE_STRUCT(login_list, (), (sessions))

struct challenge_answer {
  std::string nonce;
  std::int64_t expires_in = 0;
};
BOOST_DESCRIBE_STRUCT(challenge_answer, (), (nonce, expires_in))

// public_key: base64url of the SubjectPublicKeyInfo DER.
struct signing_key_info {
  std::string kid;
  std::string public_key;
};
BOOST_DESCRIBE_STRUCT(signing_key_info, (), (kid, public_key))

// registration: "open" or "invitation".
struct server_answer {
  std::string name;
  std::string version;
  std::string registration;
  std::string time;
  std::vector<signing_key_info> signing_keys;
};
BOOST_DESCRIBE_STRUCT(server_answer, (), (name, version, registration, time, signing_keys))

struct error_info {
  std::string code;
  std::string message;
  std::optional<std::string> field;
};
BOOST_DESCRIBE_STRUCT(error_info, (), (code, message, field))

struct error_answer {
  error_info error;
};
BOOST_DESCRIBE_STRUCT(error_answer, (), (error))

}  // namespace mesh::wire
