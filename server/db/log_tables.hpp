// The tables of p2p sessions, terminal leases, durable events and single facts.
#pragma once
#include "server/db/executor.hpp"
#include "server/services/store.hpp"

namespace mesh::db {

class p2p_table final : public services::p2p_store {
 public:
  explicit p2p_table(executor& sql) : sql_(sql) {}
  std::optional<models::p2p_session> find(const session_id& id) override;
  std::vector<models::p2p_session> of_user(const user_id& user, wall_time now) override;
  std::vector<models::p2p_session> of_device(const device_id& device, wall_time now) override;
  std::vector<models::p2p_session> of_room(const room_id& room, wall_time now) override;
  void insert(const models::p2p_session& session) override;
  void renew(const session_id& id, wall_time expires_at, wall_time alive_until) override;
  void erase(const session_id& id) override;

 private:
  executor& sql_;
};

class lease_table final : public services::lease_store {
 public:
  explicit lease_table(executor& sql) : sql_(sql) {}
  std::optional<models::terminal_lease> find(const device_id& device, std::string_view name) override;
  std::vector<models::terminal_lease> of_session(const session_id& session, wall_time now) override;
  void put(const models::terminal_lease& lease) override;
  void end(const device_id& device, std::string_view name, wall_time now) override;

 private:
  executor& sql_;
};

class event_table final : public services::event_store {
 public:
  explicit event_table(executor& sql) : sql_(sql) {}
  std::int64_t append(const user_id& user, std::string_view event, wall_time now) override;
  std::vector<entry> after(const user_id& user, std::int64_t since, std::int64_t limit) override;
  std::int64_t last_seq(const user_id& user) override;
  std::int64_t floor(const user_id& user) override;
  void prune(wall_time older_than) override;

 private:
  executor& sql_;
};

class meta_table final : public services::meta_store {
 public:
  explicit meta_table(executor& sql) : sql_(sql) {}
  std::optional<std::string> get(std::string_view key) override;
  void set(std::string_view key, std::string_view value) override;
  void erase(std::string_view key) override;

 private:
  executor& sql_;
};

}  // namespace mesh::db
