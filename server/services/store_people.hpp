// What services ask of the database about people, their sign-ins and their machines.
#pragma once
#include "server/models/codes.hpp"
#include "server/models/device.hpp"
#include "server/models/login.hpp"
#include "server/models/user.hpp"

#include <optional>
#include <string_view>
#include <vector>

namespace mesh::services {

class user_store {
 public:
  virtual ~user_store() = default;
  // Accounts that have a password: 0 on a server nobody has set up.
  virtual std::int64_t count_with_password() = 0;
  virtual std::optional<models::user> find(const user_id& id) = 0;
  virtual std::optional<models::user> find_by_name(std::string_view username) = 0;
  // The first account without a password, if there is one: the owner before set-up.
  virtual std::optional<models::user> find_without_password() = 0;
  // The oldest account that may manage the server.
  virtual std::optional<models::user> find_admin() = 0;
  // Guests with no sign-in that is good at now.
  virtual std::vector<models::user> guests_without_login(wall_time now) = 0;
  // False when the name is taken; nothing is written then.
  virtual bool insert(const models::user& user) = 0;
  // False when another account has the name.
  virtual bool rename(const user_id& id, std::string_view username) = 0;
  virtual void set_password(const user_id& id, std::string_view password_hash) = 0;
  // The name becomes free and the account unusable; what the person wrote stays, under deleted_username.
  virtual void erase(const user_id& id, wall_time now) = 0;
};

class login_store {
 public:
  virtual ~login_store() = default;
  virtual std::optional<models::login> find(const login_id& id) = 0;
  virtual std::vector<models::login> of_user(const user_id& user) = 0;
  virtual std::vector<models::login> of_device(const device_id& device) = 0;
  virtual void insert(const models::login& login) = 0;
  virtual void bind_device(const login_id& id, const device_id& device) = 0;
  virtual void set_seen(const login_id& id, wall_time now, std::string_view ip) = 0;
  virtual void set_expiry(const login_id& id, wall_time expires_at) = 0;
  // With all its tokens.
  virtual void erase(const login_id& id) = 0;

  virtual std::optional<models::login_token> find_token(std::string_view hash) = 0;
  virtual void insert_token(const models::login_token& token) = 0;
  // False when it was used before.
  virtual bool mark_used(std::string_view hash, wall_time now) = 0;
  // A used token once more, as if now for the first time: those that came of it are used up. False, and
  // nothing changes, when one of them was used.
  virtual bool use_again(const models::login_token& token, wall_time now) = 0;
  virtual void erase_tokens(const login_id& id) = 0;
};

class device_store {
 public:
  virtual ~device_store() = default;
  virtual std::optional<models::device> find(const device_id& id) = 0;
  virtual std::vector<models::device> of_user(const user_id& user) = 0;
  // Devices of the user and of everybody who shares a room with them.
  virtual std::vector<models::device> of_peers(const user_id& user) = 0;
  virtual void insert(const models::device& device) = 0;
  virtual void rename(const device_id& id, std::string_view name) = 0;
  virtual void set_seen(const device_id& id, wall_time now) = 0;
  virtual void erase(const device_id& id) = 0;
};

class code_store {
 public:
  virtual ~code_store() = default;
  virtual void insert(const models::enroll_code& code) = 0;
  // Removes the code and returns it: each works once.
  virtual std::optional<models::enroll_code> take_enroll_code(std::string_view code_hash) = 0;
  virtual void erase_enroll_codes(const user_id& user) = 0;

  virtual std::int64_t count_device_codes(wall_time now) = 0;  // still waiting
  // False when the user code collides with a live one.
  virtual bool insert(const models::device_code& code) = 0;
  virtual std::optional<models::device_code> find_device_code(std::string_view device_code_hash) = 0;
  virtual std::optional<models::device_code> find_user_code(std::string_view user_code_hash) = 0;
  virtual void set_polled(std::string_view device_code_hash, wall_time now) = 0;
  virtual void decide(std::string_view device_code_hash, models::device_code_state state,
                      const user_id& user) = 0;
  virtual void erase_device_code(std::string_view device_code_hash) = 0;
};

}  // namespace mesh::services
