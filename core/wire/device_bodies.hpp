// REST bodies about machines: registering, enrolling by a one-use code, confirming a code (RFC 8628),
// listing.
#pragma once
#include "core/wire/account_bodies.hpp"
#include "core/wire/json.hpp"

#include <optional>
#include <string>
#include <vector>

namespace mesh::wire {

// kind: "agent" or "browser". public_key: base64url SubjectPublicKeyInfo DER. signature: base64url, over
// "mesh-device/1\n" + nonce + "\n" + user_id + "\n" + device_id (Ed25519, or ECDSA P-256 as r || s for a
// browser).
struct device_request {
  mesh::device_id device_id;
  std::string kind;
  std::optional<std::string> name;
  std::string public_key;
  std::string nonce;
  std::string signature;
};
BOOST_DESCRIBE_STRUCT(device_request, (), (device_id, kind, name, public_key, nonce, signature))

// signature over "mesh-enroll/1\n" + nonce + "\n" + code + "\n" + device_id.
struct enroll_request {
  std::string code;
  mesh::device_id device_id;
  std::string kind;
  std::optional<std::string> name;
  std::string public_key;
  std::string nonce;
  std::string signature;
};
BOOST_DESCRIBE_STRUCT(enroll_request, (), (code, device_id, kind, name, public_key, nonce, signature))

struct enroll_code_answer {
  std::string code;
  std::string expires_at;
};
BOOST_DESCRIBE_STRUCT(enroll_code_answer, (), (code, expires_at))

// RFC 8628 section 3.1, with what the person who confirms wants to see.
struct device_code_request {
  mesh::device_id device_id;
  std::optional<std::string> name;
  std::string kind;
  std::string public_key;
};
BOOST_DESCRIBE_STRUCT(device_code_request, (), (device_id, name, kind, public_key))

// RFC 8628 section 3.2; expires_in and interval in seconds.
struct device_code_answer {
  std::string device_code;
  std::string user_code;
  std::string verification_uri;
  std::string verification_uri_complete;
  std::int64_t expires_in = 0;
  std::int64_t interval = 0;
};
BOOST_DESCRIBE_STRUCT(device_code_answer, (),
                      (device_code, user_code, verification_uri, verification_uri_complete, expires_in,
                       interval))

// signature over "mesh-device-code/1\n" + device_code + "\n" + device_id.
struct device_token_request {
  std::string device_code;
  std::string signature;
};
BOOST_DESCRIBE_STRUCT(device_token_request, (), (device_code, signature))

struct device_lookup_request {
  std::string user_code;
};
BOOST_DESCRIBE_STRUCT(device_lookup_request, (), (user_code))

struct device_lookup_answer {
  mesh::device_id device_id;
  std::string name;
  std::string kind;
  std::string key_sha256;
  std::string ip;
  std::string created_at;
};
BOOST_DESCRIBE_STRUCT(device_lookup_answer, (), (device_id, name, kind, key_sha256, ip, created_at))

struct device_confirm_request {
  std::string user_code;
  bool approve = false;
};
BOOST_DESCRIBE_STRUCT(device_confirm_request, (), (user_code, approve))

struct device_confirm_answer {
  mesh::device_id device_id;
};
BOOST_DESCRIBE_STRUCT(device_confirm_answer, (), (device_id))

struct rename_device_request {
  std::string name;
};
BOOST_DESCRIBE_STRUCT(rename_device_request, (), (name))

// key_sha256: lower-case hex of SHA-256 over the SubjectPublicKeyInfo DER. own: it belongs to the asker.
struct device_info {
  mesh::device_id device_id;
  mesh::user_id user_id;
  std::string username;
  std::string kind;
  std::string name;
  std::string key_sha256;
  std::string public_key;
  bool online = false;
  std::optional<std::string> last_seen_at;
  std::string created_at;
  bool own = false;
};
BOOST_DESCRIBE_STRUCT(device_info, (),
                      (device_id, user_id, username, kind, name, key_sha256, public_key, online, last_seen_at,
                       created_at, own))

struct device_list {
  std::vector<device_info> devices;
};
BOOST_DESCRIBE_STRUCT(device_list, (), (devices))

// What a device that was lost could read until it was revoked: the messages of these rooms, up to last_seq.
struct readable_room {
  mesh::room_id room_id;
  std::string name;
  std::string kind;
  std::string role;
  std::int64_t last_seq = 0;
};
BOOST_DESCRIBE_STRUCT(readable_room, (), (room_id, name, kind, role, last_seq))

// logins_ended, sessions_ended: sign-ins and running peer-to-peer sessions of the device. last_ip: the
// address of its last sign-in.
struct lost_device_answer {
  mesh::device_id device_id;
  std::string name;
  std::string kind;
  std::optional<std::string> last_seen_at;
  std::optional<std::string> last_ip;
  std::string revoked_at;
  std::int64_t logins_ended = 0;
  std::int64_t sessions_ended = 0;
  std::vector<readable_room> rooms;
};
BOOST_DESCRIBE_STRUCT(lost_device_answer, (),
                      (device_id, name, kind, last_seen_at, last_ip, revoked_at, logins_ended, sessions_ended,
                       rooms))

// Registration answers the device and, for a bearer client, tokens bound to it.
struct device_answer {
  device_info device;
  std::optional<std::string> access_token;
  std::optional<std::string> token_type;
  std::optional<std::int64_t> expires_in;
  std::optional<std::string> refresh_token;
};
BOOST_DESCRIBE_STRUCT(device_answer, (), (device, access_token, token_type, expires_in, refresh_token))

}  // namespace mesh::wire
