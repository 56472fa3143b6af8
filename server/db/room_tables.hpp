// The tables of rooms, members, grids, invitations and messages.
#pragma once
#include "server/db/executor.hpp"
#include "server/services/store_rooms.hpp"

namespace mesh::db {

class room_table final : public services::room_store {
 public:
  explicit room_table(executor& sql) : sql_(sql) {}
  std::optional<models::room> find(const room_id& id) override;
  std::optional<models::room> find_direct(std::string_view direct_key) override;
  std::vector<models::room> of_user(const user_id& user) override;
  std::int64_t count_of_user(const user_id& user) override;
  std::vector<room_id> common(const user_id& a, const user_id& b) override;
  std::vector<user_id> peers(const user_id& user) override;
  void insert(const models::room& room, const models::grid& grid) override;
  void rename(const room_id& id, std::string_view name) override;
  void set_locked(const room_id& id, bool locked) override;
  void erase(const room_id& id) override;
  std::optional<models::member> find_member(const room_id& room, const user_id& user) override;
  std::optional<models::membership> find_membership(const room_id& room, const user_id& user) override;
  std::vector<models::member> members(const room_id& room) override;
  std::vector<user_id> member_ids(const room_id& room) override;
  void insert(const models::member& member) override;
  void set_role(const room_id& room, const user_id& user, models::role role) override;
  void erase_member(const room_id& room, const user_id& user) override;
  std::vector<models::waiting_guest> waiting(const room_id& room) override;
  std::optional<room_id> waits_for(const user_id& user) override;
  void insert(const models::waiting_guest& guest) override;
  void erase_waiting(const user_id& user) override;
  models::grid find_grid(const room_id& room) override;
  void set_grid(const room_id& room, const models::grid& grid) override;

 private:
  executor& sql_;
};

class invitation_table final : public services::invitation_store {
 public:
  explicit invitation_table(executor& sql) : sql_(sql) {}
  std::optional<models::invitation> find(const invitation_id& id) override;
  std::optional<models::invitation> find_by_code(std::string_view code_hash) override;
  std::vector<models::invitation> of_room(const room_id& room, wall_time now) override;
  void insert(const models::invitation& invitation) override;
  bool use(const invitation_id& id, wall_time now) override;
  void erase(const invitation_id& id) override;

 private:
  executor& sql_;
};

class message_table final : public services::message_store {
 public:
  explicit message_table(executor& sql) : sql_(sql) {}
  std::optional<models::message> find_by_client_id(const room_id& room, const user_id& user,
                                                   std::string_view client_id) override;
  std::optional<std::int64_t> append(const models::message& message) override;
  std::vector<models::message> list(const room_id& room, const services::message_range& range) override;

 private:
  executor& sql_;
};

}  // namespace mesh::db
