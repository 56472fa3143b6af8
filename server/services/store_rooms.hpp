// What services ask of the database about rooms: members, grid, invitations and chat.
#pragma once
#include "server/models/invitation.hpp"
#include "server/models/message.hpp"
#include "server/models/room.hpp"
#include "server/models/waiting_guest.hpp"

#include <optional>
#include <string_view>
#include <vector>

namespace mesh::services {

class room_store {
 public:
  virtual ~room_store() = default;
  virtual std::optional<models::room> find(const room_id& id) = 0;
  // The conversation of the two people this key names.
  virtual std::optional<models::room> find_direct(std::string_view direct_key) = 0;
  // Oldest first.
  virtual std::vector<models::room> of_user(const user_id& user) = 0;
  virtual std::int64_t count_of_user(const user_id& user) = 0;
  // The rooms both are members of.
  virtual std::vector<room_id> common(const user_id& a, const user_id& b) = 0;
  // Everybody who shares a room with the user, without the user.
  virtual std::vector<user_id> peers(const user_id& user) = 0;
  virtual void insert(const models::room& room, const models::grid& grid) = 0;
  virtual void rename(const room_id& id, std::string_view name) = 0;
  virtual void set_locked(const room_id& id, bool locked) = 0;
  // With members, grid, invitations and messages.
  virtual void erase(const room_id& id) = 0;

  virtual std::optional<models::member> find_member(const room_id& room, const user_id& user) = 0;
  virtual std::optional<models::membership> find_membership(const room_id& room, const user_id& user) = 0;
  // Owners first, then by the time they joined.
  virtual std::vector<models::member> members(const room_id& room) = 0;
  // Who they are, in no certain order.
  virtual std::vector<user_id> member_ids(const room_id& room) = 0;
  virtual void insert(const models::member& member) = 0;
  virtual void set_role(const room_id& room, const user_id& user, models::role role) = 0;
  virtual void erase_member(const room_id& room, const user_id& user) = 0;

  // Guests at the door, who came first first; where one of them stands.
  virtual std::vector<models::waiting_guest> waiting(const room_id& room) = 0;
  virtual std::optional<room_id> waits_for(const user_id& user) = 0;
  virtual void insert(const models::waiting_guest& guest) = 0;
  virtual void erase_waiting(const user_id& user) = 0;

  virtual models::grid find_grid(const room_id& room) = 0;
  virtual void set_grid(const room_id& room, const models::grid& grid) = 0;
};

class invitation_store {
 public:
  virtual ~invitation_store() = default;
  virtual std::optional<models::invitation> find(const invitation_id& id) = 0;
  virtual std::optional<models::invitation> find_by_code(std::string_view code_hash) = 0;
  virtual std::vector<models::invitation> of_room(const room_id& room, wall_time now) = 0;
  virtual void insert(const models::invitation& invitation) = 0;
  // False when no use was left or the time was over.
  virtual bool use(const invitation_id& id, wall_time now) = 0;
  virtual void erase(const invitation_id& id) = 0;
};

// Which messages of a room: before or after a position, or the newest when neither is given.
struct message_range {
  std::optional<std::int64_t> before;
  std::optional<std::int64_t> after;
  std::int64_t limit = 50;
};

class message_store {
 public:
  virtual ~message_store() = default;
  virtual std::optional<models::message> find_by_client_id(const room_id& room, const user_id& user,
                                                           std::string_view client_id) = 0;
  // Gives the message the room's next seq, and returns it; nothing when there is one with this client_id.
  virtual std::optional<std::int64_t> append(const models::message& message) = 0;
  // Ascending by seq, whichever end the range counts from.
  virtual std::vector<models::message> list(const room_id& room, const message_range& range) = 0;
};

}  // namespace mesh::services
