#include "server/db/room_tables.hpp"

#include <algorithm>

namespace mesh::db {
namespace {

struct capability_row {
  models::role role = models::role::guest;
  std::string capability;
};
BOOST_DESCRIBE_STRUCT(capability_row, (), (role, capability))

}  // namespace

// -- rooms

#define ROOM_COLUMNS "r.id, r.name, r.created_at, r.last_seq, r.kind, r.locked, r.direct_key"

std::optional<models::room> room_table::find(const room_id& id) {
  return sql_.one<models::room>("SELECT " ROOM_COLUMNS " FROM rooms AS r WHERE r.id = $1", id);
}

std::optional<models::room> room_table::find_direct(std::string_view direct_key) {
  return sql_.one<models::room>("SELECT " ROOM_COLUMNS " FROM rooms AS r WHERE r.direct_key = $1",
                                direct_key);
}

std::vector<models::room> room_table::of_user(const user_id& user) {
  return sql_.all<models::room>(
      "SELECT " ROOM_COLUMNS
      " FROM rooms AS r "
      "JOIN room_members AS m ON m.room_id = r.id WHERE m.user_id = $1 ORDER BY r.created_at, r.id",
      user);
}

std::int64_t room_table::count_of_user(const user_id& user) {
  return sql_.number("SELECT COUNT(*) FROM room_members WHERE user_id = $1", user);
}

std::vector<room_id> room_table::common(const user_id& a, const user_id& b) {
  return sql_.all<room_id>(
      "SELECT x.room_id FROM room_members AS x JOIN room_members AS y ON y.room_id = x.room_id "
      "WHERE x.user_id = $1 AND y.user_id = $2 ORDER BY x.room_id",
      a, b);
}

std::vector<user_id> room_table::peers(const user_id& user) {
  return sql_.all<user_id>(
      "SELECT DISTINCT theirs.user_id FROM room_members AS own JOIN room_members AS theirs "
      "ON theirs.room_id = own.room_id WHERE own.user_id = $1 AND theirs.user_id <> $1 ORDER BY "
      "theirs.user_id",
      user);
}

void room_table::insert(const models::room& room, const models::grid& grid) {
  sql_.insert(
      "INSERT INTO rooms (id, name, created_at, last_seq, kind, locked, direct_key) "
      "VALUES ($1, $2, $3, $4, $5, $6, $7)",
      room);
  set_grid(room.id, grid);
}

void room_table::rename(const room_id& id, std::string_view name) {
  sql_.exec("UPDATE rooms SET name = $2 WHERE id = $1", id, name);
}

void room_table::set_locked(const room_id& id, bool locked) {
  sql_.exec("UPDATE rooms SET locked = $2 WHERE id = $1", id, locked);
}

void room_table::erase(const room_id& id) {
  sql_.exec("DELETE FROM rooms WHERE id = $1", id);
}

#define MEMBER_COLUMNS "m.room_id, m.user_id, u.username, m.role, m.joined_at"

std::optional<models::member> room_table::find_member(const room_id& room, const user_id& user) {
  return sql_.one<models::member>(
      "SELECT " MEMBER_COLUMNS
      " FROM room_members AS m "
      "JOIN users AS u ON u.id = m.user_id WHERE m.room_id = $1 AND m.user_id = $2",
      room, user);
}

std::optional<models::membership> room_table::find_membership(const room_id& room, const user_id& user) {
  return sql_.one<models::membership>(
      "SELECT " ROOM_COLUMNS ", " MEMBER_COLUMNS
      " FROM room_members AS m JOIN rooms AS r ON r.id = m.room_id "
      "JOIN users AS u ON u.id = m.user_id WHERE m.room_id = $1 AND m.user_id = $2",
      room, user);
}

std::vector<models::member> room_table::members(const room_id& room) {
  return sql_.all<models::member>(
      "SELECT " MEMBER_COLUMNS
      " FROM room_members AS m "
      "JOIN users AS u ON u.id = m.user_id WHERE m.room_id = $1 "
      "ORDER BY CASE m.role WHEN 'owner' THEN 0 WHEN 'member' THEN 1 ELSE 2 END, m.joined_at, m.user_id",
      room);
}

std::vector<user_id> room_table::member_ids(const room_id& room) {
  return sql_.all<user_id>("SELECT user_id FROM room_members WHERE room_id = $1", room);
}

void room_table::insert(const models::member& member) {
  sql_.exec("INSERT INTO room_members (room_id, user_id, role, joined_at) VALUES ($1, $2, $3, $4)",
            member.room, member.user, member.role, member.joined_at);
}

void room_table::set_role(const room_id& room, const user_id& user, models::role role) {
  sql_.exec("UPDATE room_members SET role = $3 WHERE room_id = $1 AND user_id = $2", room, user, role);
}

void room_table::erase_member(const room_id& room, const user_id& user) {
  sql_.exec("DELETE FROM room_members WHERE room_id = $1 AND user_id = $2", room, user);
}

models::grid room_table::find_grid(const room_id& room) {
  models::grid grid;
  for (auto& entry :
       sql_.all<capability_row>("SELECT role, capability FROM room_capabilities WHERE room_id = $1", room))
    grid.of(entry.role).insert(std::move(entry.capability));
  return grid;
}

void room_table::set_grid(const room_id& room, const models::grid& grid) {
  sql_.exec("DELETE FROM room_capabilities WHERE room_id = $1", room);
  for (const auto role : {models::role::owner, models::role::member, models::role::guest})
    for (const auto& capability : grid.of(role))
      sql_.exec("INSERT INTO room_capabilities (room_id, role, capability) VALUES ($1, $2, $3)", room, role,
                capability);
}

std::vector<models::waiting_guest> room_table::waiting(const room_id& room) {
  return sql_.all<models::waiting_guest>(
      "SELECT w.user_id, w.room_id, u.username, w.created_at FROM room_waiting AS w "
      "JOIN users AS u ON u.id = w.user_id WHERE w.room_id = $1 ORDER BY w.created_at, w.user_id",
      room);
}

std::optional<room_id> room_table::waits_for(const user_id& user) {
  return sql_.one<room_id>("SELECT room_id FROM room_waiting WHERE user_id = $1", user);
}

void room_table::insert(const models::waiting_guest& guest) {
  sql_.exec("INSERT INTO room_waiting (user_id, room_id, created_at) VALUES ($1, $2, $3)", guest.user,
            guest.room, guest.since);
}

void room_table::erase_waiting(const user_id& user) {
  sql_.exec("DELETE FROM room_waiting WHERE user_id = $1", user);
}

// -- invitations

#define INVITATION_COLUMNS "id, code_hash, room_id, role, created_by, created_at, expires_at, uses_left"

std::optional<models::invitation> invitation_table::find(const invitation_id& id) {
  return sql_.one<models::invitation>("SELECT " INVITATION_COLUMNS " FROM invitations WHERE id = $1", id);
}

std::optional<models::invitation> invitation_table::find_by_code(std::string_view code_hash) {
  return sql_.one<models::invitation>("SELECT " INVITATION_COLUMNS " FROM invitations WHERE code_hash = $1",
                                      code_hash);
}

std::vector<models::invitation> invitation_table::of_room(const room_id& room, wall_time now) {
  return sql_.all<models::invitation>(
      "SELECT " INVITATION_COLUMNS
      " FROM invitations WHERE room_id = $1 AND expires_at > $2 AND uses_left > 0 "
      "ORDER BY created_at, id",
      room, now);
}

void invitation_table::insert(const models::invitation& invitation) {
  sql_.insert("INSERT INTO invitations (" INVITATION_COLUMNS ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
              invitation);
}

bool invitation_table::use(const invitation_id& id, wall_time now) {
  return sql_.exec(
             "UPDATE invitations SET uses_left = uses_left - 1 WHERE id = $1 AND uses_left > 0 AND "
             "expires_at > $2",
             id, now) == 1;
}

void invitation_table::erase(const invitation_id& id) {
  sql_.exec("DELETE FROM invitations WHERE id = $1", id);
}

// -- messages

#define MESSAGE_SELECT                                                                                    \
  "SELECT m.id, m.room_id, m.seq, m.user_id, COALESCE(u.username, 'deleted-user'), m.text, m.client_id, " \
  "m.created_at FROM messages AS m JOIN users AS u ON u.id = m.user_id "

std::optional<models::message> message_table::find_by_client_id(const room_id& room, const user_id& user,
                                                                std::string_view client_id) {
  return sql_.one<models::message>(
      MESSAGE_SELECT "WHERE m.room_id = $1 AND m.user_id = $2 AND m.client_id = $3", room, user, client_id);
}

std::optional<std::int64_t> message_table::append(const models::message& message) {
  const auto seq = sql_.one<std::int64_t>(
      "INSERT INTO messages (id, room_id, seq, user_id, text, client_id, created_at) "
      "SELECT $1, r.id, r.last_seq + 1, $3, $4, $5, CAST($6 AS BIGINT) FROM rooms AS r WHERE r.id = $2 "
      "ON CONFLICT (room_id, user_id, client_id) DO NOTHING RETURNING seq",
      message.id, message.room, message.user, message.text, message.client_id, message.created_at);
  if (seq) sql_.exec("UPDATE rooms SET last_seq = $2 WHERE id = $1", message.room, *seq);
  return seq;
}

std::vector<models::message> message_table::list(const room_id& room, const services::message_range& range) {
  if (range.after)
    return sql_.all<models::message>(
        MESSAGE_SELECT "WHERE m.room_id = $1 AND m.seq > $2 AND m.seq < $3 ORDER BY m.seq LIMIT $4", room,
        *range.after, range.before.value_or(std::numeric_limits<std::int64_t>::max()), range.limit);
  auto newest_first = sql_.all<models::message>(
      MESSAGE_SELECT "WHERE m.room_id = $1 AND m.seq < $2 ORDER BY m.seq DESC LIMIT $3", room,
      range.before.value_or(std::numeric_limits<std::int64_t>::max()), range.limit);
  std::ranges::reverse(newest_first);
  return newest_first;
}

}  // namespace mesh::db
