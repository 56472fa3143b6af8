// REST bodies about rooms, their members, invitations and messages.
#pragma once
#include "core/wire/json.hpp"

#include <optional>
#include <string>
#include <vector>

namespace mesh::wire {

struct room_request {
  std::string name;
};
BOOST_DESCRIBE_STRUCT(room_request, (), (name))

// role: "owner", "member" or "guest".
struct member_info {
  mesh::user_id user_id;
  std::string username;
  std::string role;
  bool online = false;
};
BOOST_DESCRIBE_STRUCT(member_info, (), (user_id, username, role, online))

// A guest at the door.
struct waiting_info {
  mesh::user_id user_id;
  std::string username;
  std::string since;
};
BOOST_DESCRIBE_STRUCT(waiting_info, (), (user_id, username, since))

// waiting: guests who ask to come in, told only to those who may let them in. kind: "room", or "direct" for a
// conversation of two, whose name is the other person's. role: the asker's own. last_seq: position of the
// newest message, 0 when there is none. locked: nobody can enter.
struct room_info {
  mesh::room_id id;
  std::string name;
  std::string kind;
  std::string role;
  std::string created_at;
  std::int64_t last_seq = 0;
  std::vector<member_info> members;
  std::optional<bool> locked;
  std::optional<std::vector<waiting_info>> waiting;
};
BOOST_DESCRIBE_STRUCT(room_info, (), (id, name, kind, role, created_at, last_seq, members, locked, waiting))

struct room_answer {
  room_info room;
};
BOOST_DESCRIBE_STRUCT(room_answer, (), (room))

struct room_list {
  std::vector<room_info> rooms;
};
BOOST_DESCRIBE_STRUCT(room_list, (), (rooms))

struct lock_request {
  bool locked = false;
};
BOOST_DESCRIBE_STRUCT(lock_request, (), (locked))

struct direct_request {
  std::string username;
};
BOOST_DESCRIBE_STRUCT(direct_request, (), (username))

// successor_id: becomes an owner first, so that the last owner can leave.
struct leave_request {
  std::optional<mesh::user_id> successor_id;
};
BOOST_DESCRIBE_STRUCT(leave_request, (), (successor_id))

struct member_request {
  std::string username;
  std::optional<std::string> role;
};
BOOST_DESCRIBE_STRUCT(member_request, (), (username, role))

struct role_request {
  std::string role;
};
BOOST_DESCRIBE_STRUCT(role_request, (), (role))

// Role x capability: what a token for a person of that role may contain.
struct grid_info {
  std::vector<std::string> owner;
  std::vector<std::string> member;
  std::vector<std::string> guest;
};
BOOST_DESCRIBE_STRUCT(grid_info, (), (owner, member, guest))

struct grid_body {
  grid_info grid;
};
BOOST_DESCRIBE_STRUCT(grid_body, (), (grid))

// expires_in: seconds, default one day. max_uses: default 1.
struct invitation_request {
  std::optional<std::string> role;
  std::optional<std::int64_t> expires_in;
  std::optional<std::int64_t> max_uses;
};
BOOST_DESCRIBE_STRUCT(invitation_request, (), (role, expires_in, max_uses))

// code and url are shown once, when the invitation is made.
struct invitation_info {
  invitation_id id;
  std::optional<std::string> code;
  std::optional<std::string> url;
  std::string role;
  std::string expires_at;
  std::int64_t uses_left = 0;
  std::string created_at;
};
BOOST_DESCRIBE_STRUCT(invitation_info, (), (id, code, url, role, expires_at, uses_left, created_at))

struct invitation_answer {
  invitation_info invitation;
};
BOOST_DESCRIBE_STRUCT(invitation_answer, (), (invitation))

struct invitation_list {
  std::vector<invitation_info> invitations;
};
BOOST_DESCRIBE_STRUCT(invitation_list, (), (invitations))

struct invitation_preview {
  std::string room_name;
  std::string invited_by;
  std::string role;
  std::string expires_at;
};
BOOST_DESCRIBE_STRUCT(invitation_preview, (), (room_name, invited_by, role, expires_at))

// client_id: chosen by the sender; the same one again is the same message.
struct message_request {
  std::string text;
  std::string client_id;
};
BOOST_DESCRIBE_STRUCT(message_request, (), (text, client_id))

struct message_info {
  message_id id;
  mesh::room_id room_id;
  std::int64_t seq = 0;
  mesh::user_id user_id;
  std::string username;
  std::string text;
  std::string client_id;
  std::string created_at;
};
BOOST_DESCRIBE_STRUCT(message_info, (), (id, room_id, seq, user_id, username, text, client_id, created_at))

struct message_answer {
  message_info message;
};
BOOST_DESCRIBE_STRUCT(message_answer, (), (message))

// messages ascend by seq. has_more: further ones exist in the direction asked for.
struct message_list {
  std::vector<message_info> messages;
  bool has_more = false;
};
BOOST_DESCRIBE_STRUCT(message_list, (), (messages, has_more))

}  // namespace mesh::wire
