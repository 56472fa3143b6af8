#include "server/db/people_tables.hpp"

namespace mesh::db {

// -- users

#define USER_COLUMNS "id, username, password_hash, created_at, admin, guest"

std::int64_t user_table::count_with_password() {
  return sql_.number("SELECT COUNT(*) FROM users WHERE deleted_at IS NULL AND password_hash IS NOT NULL");
}

std::optional<models::user> user_table::find(const user_id& id) {
  return sql_.one<models::user>("SELECT " USER_COLUMNS " FROM users WHERE id = $1 AND deleted_at IS NULL",
                                id);
}

std::optional<models::user> user_table::find_by_name(std::string_view username) {
  return sql_.one<models::user>(
      "SELECT " USER_COLUMNS " FROM users WHERE username = $1 AND deleted_at IS NULL", username);
}

std::optional<models::user> user_table::find_without_password() {
  return sql_.one<models::user>(
      "SELECT " USER_COLUMNS
      " FROM users "
      "WHERE password_hash IS NULL AND guest = 0 AND deleted_at IS NULL ORDER BY created_at, id LIMIT 1");
}

std::optional<models::user> user_table::find_admin() {
  return sql_.one<models::user>("SELECT " USER_COLUMNS
                                " FROM users "
                                "WHERE admin <> 0 AND deleted_at IS NULL ORDER BY created_at, id LIMIT 1");
}

std::vector<models::user> user_table::guests_without_login(wall_time now) {
  return sql_.all<models::user>(
      "SELECT " USER_COLUMNS
      " FROM users AS u "
      "WHERE u.guest <> 0 AND u.deleted_at IS NULL AND NOT EXISTS "
      "(SELECT 1 FROM logins AS l WHERE l.user_id = u.id AND l.expires_at > $1) ORDER BY u.id",
      now);
}

bool user_table::insert(const models::user& user) {
  return sql_.insert("INSERT INTO users (" USER_COLUMNS
                     ") VALUES ($1, $2, $3, $4, $5, $6) "
                     "ON CONFLICT (username) DO NOTHING",
                     user) == 1;
}

bool user_table::rename(const user_id& id, std::string_view username) {
  return sql_.exec(
             "UPDATE users SET username = $2 WHERE id = $1 AND NOT EXISTS "
             "(SELECT 1 FROM users AS other WHERE other.username = $2 AND other.id <> $1)",
             id, username) == 1;
}

void user_table::set_password(const user_id& id, std::string_view password_hash) {
  sql_.exec("UPDATE users SET password_hash = $2 WHERE id = $1", id, password_hash);
}

void user_table::erase(const user_id& id, wall_time now) {
  sql_.exec("DELETE FROM events WHERE user_id = $1", id);
  sql_.exec("DELETE FROM logins WHERE user_id = $1", id);
  sql_.exec("DELETE FROM devices WHERE user_id = $1", id);
  sql_.exec("DELETE FROM enroll_codes WHERE user_id = $1", id);
  sql_.exec("DELETE FROM device_codes WHERE user_id = $1", id);
  sql_.exec("DELETE FROM invitations WHERE created_by = $1", id);
  sql_.exec("DELETE FROM p2p_sessions WHERE initiator_user_id = $1 OR target_user_id = $1", id);
  sql_.exec("DELETE FROM room_members WHERE user_id = $1", id);
  sql_.exec("DELETE FROM room_waiting WHERE user_id = $1", id);
  sql_.exec(
      "UPDATE users SET username = NULL, password_hash = NULL, admin = 0, deleted_at = $2 WHERE id = $1", id,
      now);
}

// -- logins

#define LOGIN_COLUMNS "id, user_id, kind, device_id, user_agent, ip, created_at, last_seen_at, expires_at"

std::optional<models::login> login_table::find(const login_id& id) {
  return sql_.one<models::login>("SELECT " LOGIN_COLUMNS " FROM logins WHERE id = $1", id);
}

std::vector<models::login> login_table::of_user(const user_id& user) {
  return sql_.all<models::login>(
      "SELECT " LOGIN_COLUMNS " FROM logins WHERE user_id = $1 ORDER BY created_at, id", user);
}

std::vector<models::login> login_table::of_device(const device_id& device) {
  return sql_.all<models::login>(
      "SELECT " LOGIN_COLUMNS " FROM logins WHERE device_id = $1 ORDER BY created_at, id", device);
}

void login_table::insert(const models::login& login) {
  sql_.insert("INSERT INTO logins (" LOGIN_COLUMNS ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)", login);
}

void login_table::bind_device(const login_id& id, const device_id& device) {
  sql_.exec("UPDATE logins SET device_id = $2 WHERE id = $1", id, device);
}

void login_table::set_seen(const login_id& id, wall_time now, std::string_view ip) {
  sql_.exec("UPDATE logins SET last_seen_at = $2, ip = $3 WHERE id = $1", id, now, ip);
}

void login_table::set_expiry(const login_id& id, wall_time expires_at) {
  sql_.exec("UPDATE logins SET expires_at = $2 WHERE id = $1", id, expires_at);
}

void login_table::erase(const login_id& id) {
  sql_.exec("DELETE FROM logins WHERE id = $1", id);
}

std::optional<models::login_token> login_table::find_token(std::string_view hash) {
  return sql_.one<models::login_token>(
      "SELECT hash, login_id, purpose, expires_at, used_at FROM login_tokens WHERE hash = $1", hash);
}

void login_table::insert_token(const models::login_token& token) {
  sql_.insert(
      "INSERT INTO login_tokens (hash, login_id, purpose, expires_at, used_at) VALUES ($1, $2, $3, $4, $5)",
      token);
}

bool login_table::mark_used(std::string_view hash, wall_time now) {
  return sql_.exec("UPDATE login_tokens SET used_at = $2 WHERE hash = $1 AND used_at IS NULL", hash, now) ==
         1;
}

bool login_table::use_again(const models::login_token& token, wall_time now) {
  if (sql_.one<models::login_token>(
          "SELECT hash, login_id, purpose, expires_at, used_at FROM login_tokens WHERE login_id = $1 AND "
          "hash <> $2 AND used_at >= $3 LIMIT 1",
          token.login, token.hash, token.used_at))
    return false;
  // Long ago: whoever presents one of them later comes second.
  sql_.exec("UPDATE login_tokens SET used_at = $2 WHERE login_id = $1 AND used_at IS NULL", token.login,
            wall_time{});
  sql_.exec("UPDATE login_tokens SET used_at = $2 WHERE hash = $1", token.hash, now);
  return true;
}

void login_table::erase_tokens(const login_id& id) {
  sql_.exec("DELETE FROM login_tokens WHERE login_id = $1", id);
}

// -- devices

#define DEVICE_COLUMNS "id, user_id, kind, name, public_key, key_sha256, created_at, last_seen_at"

std::optional<models::device> device_table::find(const device_id& id) {
  return sql_.one<models::device>("SELECT " DEVICE_COLUMNS " FROM devices WHERE id = $1", id);
}

std::vector<models::device> device_table::of_user(const user_id& user) {
  return sql_.all<models::device>(
      "SELECT " DEVICE_COLUMNS " FROM devices WHERE user_id = $1 ORDER BY created_at, id", user);
}

std::vector<models::device> device_table::of_peers(const user_id& user) {
  return sql_.all<models::device>(
      "SELECT " DEVICE_COLUMNS
      " FROM devices WHERE user_id = $1 OR user_id IN (SELECT theirs.user_id FROM room_members AS own "
      "JOIN room_members AS theirs ON theirs.room_id = own.room_id WHERE own.user_id = $1) "
      "ORDER BY created_at, id",
      user);
}

void device_table::insert(const models::device& device) {
  sql_.insert("INSERT INTO devices (" DEVICE_COLUMNS ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8)", device);
}

void device_table::rename(const device_id& id, std::string_view name) {
  sql_.exec("UPDATE devices SET name = $2 WHERE id = $1", id, name);
}

void device_table::set_seen(const device_id& id, wall_time now) {
  sql_.exec("UPDATE devices SET last_seen_at = $2 WHERE id = $1", id, now);
}

void device_table::erase(const device_id& id) {
  sql_.exec("DELETE FROM devices WHERE id = $1", id);
}

// -- codes

#define DEVICE_CODE_COLUMNS                                                                         \
  "device_code_hash, user_code_hash, device_id, name, public_key, key_sha256, ip, state, user_id, " \
  "created_at, expires_at, last_poll_at"

void code_table::insert(const models::enroll_code& code) {
  sql_.insert("INSERT INTO enroll_codes (code_hash, user_id, expires_at) VALUES ($1, $2, $3)", code);
}

std::optional<models::enroll_code> code_table::take_enroll_code(std::string_view code_hash) {
  return sql_.one<models::enroll_code>(
      "DELETE FROM enroll_codes WHERE code_hash = $1 RETURNING code_hash, user_id, expires_at", code_hash);
}

void code_table::erase_enroll_codes(const user_id& user) {
  sql_.exec("DELETE FROM enroll_codes WHERE user_id = $1", user);
}

std::int64_t code_table::count_device_codes(wall_time now) {
  return sql_.number("SELECT COUNT(*) FROM device_codes WHERE expires_at > $1", now);
}

bool code_table::insert(const models::device_code& code) {
  return sql_.insert("INSERT INTO device_codes (" DEVICE_CODE_COLUMNS
                     ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) "
                     "ON CONFLICT (user_code_hash) DO NOTHING",
                     code) == 1;
}

std::optional<models::device_code> code_table::find_device_code(std::string_view device_code_hash) {
  return sql_.one<models::device_code>(
      "SELECT " DEVICE_CODE_COLUMNS " FROM device_codes WHERE device_code_hash = $1", device_code_hash);
}

std::optional<models::device_code> code_table::find_user_code(std::string_view user_code_hash) {
  return sql_.one<models::device_code>(
      "SELECT " DEVICE_CODE_COLUMNS " FROM device_codes WHERE user_code_hash = $1", user_code_hash);
}

void code_table::set_polled(std::string_view device_code_hash, wall_time now) {
  sql_.exec("UPDATE device_codes SET last_poll_at = $2 WHERE device_code_hash = $1", device_code_hash, now);
}

void code_table::decide(std::string_view device_code_hash, models::device_code_state state,
                        const user_id& user) {
  sql_.exec("UPDATE device_codes SET state = $2, user_id = $3 WHERE device_code_hash = $1", device_code_hash,
            state, user);
}

void code_table::erase_device_code(std::string_view device_code_hash) {
  sql_.exec("DELETE FROM device_codes WHERE device_code_hash = $1", device_code_hash);
}

}  // namespace mesh::db
