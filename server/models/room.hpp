// Rooms, who is in them with which role, and what each role may do.
#pragma once
#include "core/base/clock.hpp"
#include "core/base/id.hpp"

#include <optional>
#include <set>
#include <string>

#include <boost/describe.hpp>

namespace mesh::models {

enum class role { owner, member, guest };
BOOST_DESCRIBE_ENUM(role, owner, member, guest)

// direct: a conversation of two people, which nobody else enters.
enum class room_kind { room, direct };
BOOST_DESCRIBE_ENUM(room_kind, room, direct)

// last_seq: position of the newest message, 0 when there is none. direct_key: names the two people of a
// direct conversation, so that there is only one between them. locked: nobody can enter.
struct room {
  room_id id;
  std::string name;
  wall_time created_at;
  std::int64_t last_seq = 0;
  room_kind kind = room_kind::room;
  bool locked = false;
  std::optional<std::string> direct_key;
};
BOOST_DESCRIBE_STRUCT(room, (), (id, name, created_at, last_seq, kind, locked, direct_key))

struct member {
  room_id room;
  user_id user;
  std::string username;
  models::role role = models::role::member;
  wall_time joined_at;
};
BOOST_DESCRIBE_STRUCT(member, (), (room, user, username, role, joined_at))

// A room and somebody's place in it.
struct membership {
  models::room room;
  member self;
};
BOOST_DESCRIBE_STRUCT(membership, (), (room, self))

// The capability words a token for a person of that role may contain (contract, section 5).
struct grid {
  std::set<std::string> owner;
  std::set<std::string> member;
  std::set<std::string> guest;

  const std::set<std::string>& of(role r) const {
    return r == role::owner ? owner : r == role::member ? member : guest;
  }
  std::set<std::string>& of(role r) { return r == role::owner ? owner : r == role::member ? member : guest; }
  bool allows(role r, const std::string& capability) const { return of(r).contains(capability); }
};

}  // namespace mesh::models
