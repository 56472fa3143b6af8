#include "server/db/log_tables.hpp"

namespace mesh::db {

// -- p2p sessions

#define SESSION_COLUMNS                                                                                   \
  "id, kind, room_id, initiator_user_id, initiator_device_id, target_user_id, target_device_id, sender, " \
  "max_size, max_rate, ttl_seconds, created_at, expires_at, alive_until"
#define ALIVE_SESSIONS "SELECT " SESSION_COLUMNS " FROM p2p_sessions WHERE alive_until > $2 AND "

std::optional<models::p2p_session> p2p_table::find(const session_id& id) {
  return sql_.one<models::p2p_session>("SELECT " SESSION_COLUMNS " FROM p2p_sessions WHERE id = $1", id);
}

std::vector<models::p2p_session> p2p_table::of_user(const user_id& user, wall_time now) {
  return sql_.all<models::p2p_session>(
      ALIVE_SESSIONS "(initiator_user_id = $1 OR target_user_id = $1) ORDER BY created_at, id", user, now);
}

std::vector<models::p2p_session> p2p_table::of_device(const device_id& device, wall_time now) {
  return sql_.all<models::p2p_session>(
      ALIVE_SESSIONS "(initiator_device_id = $1 OR target_device_id = $1) ORDER BY created_at, id", device,
      now);
}

std::vector<models::p2p_session> p2p_table::of_room(const room_id& room, wall_time now) {
  return sql_.all<models::p2p_session>(ALIVE_SESSIONS "room_id = $1 ORDER BY created_at, id", room, now);
}

void p2p_table::insert(const models::p2p_session& session) {
  sql_.insert("INSERT INTO p2p_sessions (" SESSION_COLUMNS
              ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
              session);
}

void p2p_table::renew(const session_id& id, wall_time expires_at, wall_time alive_until) {
  sql_.exec("UPDATE p2p_sessions SET expires_at = $2, alive_until = $3 WHERE id = $1", id, expires_at,
            alive_until);
}

void p2p_table::erase(const session_id& id) {
  sql_.exec("DELETE FROM p2p_sessions WHERE id = $1", id);
}

// -- terminal leases

#define LEASE_COLUMNS "device_id, name, epoch, session_id, user_id, expires_at"

std::optional<models::terminal_lease> lease_table::find(const device_id& device, std::string_view name) {
  return sql_.one<models::terminal_lease>(
      "SELECT " LEASE_COLUMNS " FROM terminal_leases WHERE device_id = $1 AND name = $2", device, name);
}

std::vector<models::terminal_lease> lease_table::of_session(const session_id& session, wall_time now) {
  return sql_.all<models::terminal_lease>(
      "SELECT " LEASE_COLUMNS
      " FROM terminal_leases WHERE session_id = $1 AND expires_at > $2 ORDER BY device_id, name",
      session, now);
}

void lease_table::put(const models::terminal_lease& lease) {
  sql_.insert("INSERT INTO terminal_leases (" LEASE_COLUMNS
              ") VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (device_id, name) DO UPDATE SET epoch = "
              "excluded.epoch, session_id = excluded.session_id, user_id = excluded.user_id, expires_at = "
              "excluded.expires_at",
              lease);
}

void lease_table::end(const device_id& device, std::string_view name, wall_time now) {
  sql_.exec(
      "UPDATE terminal_leases SET expires_at = $3 WHERE device_id = $1 AND name = $2 AND expires_at > $3",
      device, name, now);
}

// -- durable events

std::int64_t event_table::append(const user_id& user, std::string_view event, wall_time now) {
  const auto seq =
      sql_.number("UPDATE users SET event_seq = event_seq + 1 WHERE id = $1 RETURNING event_seq", user);
  sql_.exec("INSERT INTO events (user_id, seq, created_at, event) VALUES ($1, $2, $3, $4)", user, seq, now,
            event);
  return seq;
}

std::vector<services::event_store::entry> event_table::after(const user_id& user, std::int64_t since,
                                                             std::int64_t limit) {
  std::vector<entry> out;
  const std::vector<value> parameters{to_value(user), to_value(since), to_value(limit)};
  sql_.run("SELECT seq, event FROM events WHERE user_id = $1 AND seq > $2 ORDER BY seq LIMIT $3", parameters,
           [&](const row& r) { out.push_back({r.integer(0), r.text(1)}); });
  return out;
}

std::int64_t event_table::last_seq(const user_id& user) {
  return sql_.number("SELECT event_seq FROM users WHERE id = $1", user);
}

std::int64_t event_table::floor(const user_id& user) {
  return sql_.number("SELECT event_floor FROM users WHERE id = $1", user);
}

void event_table::prune(wall_time older_than) {
  sql_.exec(
      "UPDATE users SET event_floor = COALESCE((SELECT MAX(e.seq) FROM events AS e WHERE e.user_id = "
      "users.id "
      "AND e.created_at < $1), event_floor) "
      "WHERE EXISTS (SELECT 1 FROM events AS e WHERE e.user_id = users.id AND e.created_at < $1)",
      older_than);
  sql_.exec("DELETE FROM events WHERE created_at < $1", older_than);
}

// -- single facts

std::optional<std::string> meta_table::get(std::string_view key) {
  return sql_.one<std::string>("SELECT value FROM meta WHERE key = $1", key);
}

void meta_table::set(std::string_view key, std::string_view value) {
  sql_.exec(
      "INSERT INTO meta (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
      key, value);
}

void meta_table::erase(std::string_view key) {
  sql_.exec("DELETE FROM meta WHERE key = $1", key);
}

}  // namespace mesh::db
