// The tables of people, sign-ins, devices and codes.
#pragma once
#include "server/db/executor.hpp"
#include "server/services/store_people.hpp"

namespace mesh::db {

class user_table final : public services::user_store {
 public:
  explicit user_table(executor& sql) : sql_(sql) {}
  std::int64_t count_with_password() override;
  std::optional<models::user> find(const user_id& id) override;
  std::optional<models::user> find_by_name(std::string_view username) override;
  std::optional<models::user> find_without_password() override;
  std::optional<models::user> find_admin() override;
  std::vector<models::user> guests_without_login(wall_time now) override;
  bool insert(const models::user& user) override;
  bool rename(const user_id& id, std::string_view username) override;
  void set_password(const user_id& id, std::string_view password_hash) override;
  void erase(const user_id& id, wall_time now) override;

 private:
  executor& sql_;
};

class login_table final : public services::login_store {
 public:
  explicit login_table(executor& sql) : sql_(sql) {}
  std::optional<models::login> find(const login_id& id) override;
  std::vector<models::login> of_user(const user_id& user) override;
  std::vector<models::login> of_device(const device_id& device) override;
  void insert(const models::login& login) override;
  void bind_device(const login_id& id, const device_id& device) override;
  void set_seen(const login_id& id, wall_time now, std::string_view ip) override;
  void set_expiry(const login_id& id, wall_time expires_at) override;
  void erase(const login_id& id) override;
  std::optional<models::login_token> find_token(std::string_view hash) override;
  void insert_token(const models::login_token& token) override;
  bool mark_used(std::string_view hash, wall_time now) override;
  bool use_again(const models::login_token& token, wall_time now) override;
  void erase_tokens(const login_id& id) override;

 private:
  executor& sql_;
};

class device_table final : public services::device_store {
 public:
  explicit device_table(executor& sql) : sql_(sql) {}
  std::optional<models::device> find(const device_id& id) override;
  std::vector<models::device> of_user(const user_id& user) override;
  std::vector<models::device> of_peers(const user_id& user) override;
  void insert(const models::device& device) override;
  void rename(const device_id& id, std::string_view name) override;
  void set_seen(const device_id& id, wall_time now) override;
  void erase(const device_id& id) override;

 private:
  executor& sql_;
};

class code_table final : public services::code_store {
 public:
  explicit code_table(executor& sql) : sql_(sql) {}
  void insert(const models::enroll_code& code) override;
  std::optional<models::enroll_code> take_enroll_code(std::string_view code_hash) override;
  void erase_enroll_codes(const user_id& user) override;
  std::int64_t count_device_codes(wall_time now) override;
  bool insert(const models::device_code& code) override;
  std::optional<models::device_code> find_device_code(std::string_view device_code_hash) override;
  std::optional<models::device_code> find_user_code(std::string_view user_code_hash) override;
  void set_polled(std::string_view device_code_hash, wall_time now) override;
  void decide(std::string_view device_code_hash, models::device_code_state state,
              const user_id& user) override;
  void erase_device_code(std::string_view device_code_hash) override;

 private:
  executor& sql_;
};

}  // namespace mesh::db
