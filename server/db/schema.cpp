// The text of every step. A step that was ever released is never edited; a change is a new step at the end.
// Times are Unix milliseconds. Portable SQL: no engine's own types or functions. The comment /*clustered*/
// after a table asks an engine that can for rows stored in the order of their primary key.
#include "server/db/migrations.hpp"

#include <array>

namespace mesh::db {
namespace {

constexpr std::string_view step_1 = R"sql(
CREATE TABLE users (
  id TEXT PRIMARY KEY,
  username TEXT UNIQUE,
  password_hash TEXT,
  created_at BIGINT NOT NULL,
  admin SMALLINT NOT NULL,
  deleted_at BIGINT,
  event_seq BIGINT NOT NULL DEFAULT 0,
  event_floor BIGINT NOT NULL DEFAULT 0
);

CREATE TABLE logins (
  id TEXT PRIMARY KEY,
  user_id TEXT NOT NULL REFERENCES users (id),
  kind TEXT NOT NULL,
  device_id TEXT,
  user_agent TEXT NOT NULL,
  ip TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  last_seen_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL
);
CREATE INDEX logins_by_user ON logins (user_id);
CREATE INDEX logins_by_device ON logins (device_id);

CREATE TABLE login_tokens (
  hash TEXT PRIMARY KEY,
  login_id TEXT NOT NULL REFERENCES logins (id) ON DELETE CASCADE,
  purpose TEXT NOT NULL,
  expires_at BIGINT NOT NULL,
  used_at BIGINT
);
CREATE INDEX login_tokens_by_login ON login_tokens (login_id);

CREATE TABLE devices (
  id TEXT PRIMARY KEY,
  user_id TEXT NOT NULL REFERENCES users (id),
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  public_key TEXT NOT NULL,
  key_sha256 TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  last_seen_at BIGINT
);
CREATE INDEX devices_by_user ON devices (user_id);

CREATE TABLE enroll_codes (
  code_hash TEXT PRIMARY KEY,
  user_id TEXT NOT NULL REFERENCES users (id),
  expires_at BIGINT NOT NULL
);

CREATE TABLE device_codes (
  device_code_hash TEXT PRIMARY KEY,
  user_code_hash TEXT NOT NULL UNIQUE,
  device_id TEXT NOT NULL,
  name TEXT NOT NULL,
  public_key TEXT NOT NULL,
  key_sha256 TEXT NOT NULL,
  ip TEXT NOT NULL,
  state TEXT NOT NULL,
  user_id TEXT REFERENCES users (id),
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  last_poll_at BIGINT
);

CREATE TABLE rooms (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  last_seq BIGINT NOT NULL
);

CREATE TABLE room_members (
  room_id TEXT NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
  user_id TEXT NOT NULL REFERENCES users (id),
  role TEXT NOT NULL,
  joined_at BIGINT NOT NULL,
  PRIMARY KEY (room_id, user_id)
);
CREATE INDEX room_members_by_user ON room_members (user_id);

CREATE TABLE room_capabilities (
  room_id TEXT NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
  role TEXT NOT NULL,
  capability TEXT NOT NULL,
  PRIMARY KEY (room_id, role, capability)
);

CREATE TABLE invitations (
  id TEXT PRIMARY KEY,
  code_hash TEXT NOT NULL UNIQUE,
  room_id TEXT NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
  role TEXT NOT NULL,
  created_by TEXT NOT NULL REFERENCES users (id),
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  uses_left BIGINT NOT NULL
);
CREATE INDEX invitations_by_room ON invitations (room_id);

CREATE TABLE messages (
  id TEXT PRIMARY KEY,
  room_id TEXT NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
  seq BIGINT NOT NULL,
  user_id TEXT NOT NULL REFERENCES users (id),
  text TEXT NOT NULL,
  client_id TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  UNIQUE (room_id, seq),
  UNIQUE (room_id, user_id, client_id)
);

CREATE TABLE events (
  user_id TEXT NOT NULL REFERENCES users (id),
  seq BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  event TEXT NOT NULL,
  PRIMARY KEY (user_id, seq)
);
CREATE INDEX events_by_time ON events (created_at);

CREATE TABLE p2p_sessions (
  id TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  room_id TEXT REFERENCES rooms (id) ON DELETE CASCADE,
  initiator_user_id TEXT NOT NULL REFERENCES users (id),
  initiator_device_id TEXT NOT NULL,
  target_user_id TEXT NOT NULL REFERENCES users (id),
  target_device_id TEXT NOT NULL,
  sender TEXT NOT NULL,
  max_size BIGINT,
  max_rate BIGINT,
  ttl_seconds BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  alive_until BIGINT NOT NULL
);
CREATE INDEX p2p_sessions_by_initiator ON p2p_sessions (initiator_user_id);
CREATE INDEX p2p_sessions_by_target ON p2p_sessions (target_user_id);
CREATE INDEX p2p_sessions_by_room ON p2p_sessions (room_id);

CREATE TABLE meta (
  key TEXT PRIMARY KEY,
  value TEXT NOT NULL
);
)sql";

constexpr std::string_view step_2 = R"sql(
ALTER TABLE rooms ADD COLUMN kind TEXT NOT NULL DEFAULT 'room';
ALTER TABLE rooms ADD COLUMN locked SMALLINT NOT NULL DEFAULT 0;
ALTER TABLE rooms ADD COLUMN direct_key TEXT;
CREATE UNIQUE INDEX rooms_by_direct_key ON rooms (direct_key);
)sql";

constexpr std::string_view step_3 = R"sql(
ALTER TABLE users ADD COLUMN guest SMALLINT NOT NULL DEFAULT 0;
CREATE TABLE room_waiting (
  user_id TEXT PRIMARY KEY REFERENCES users (id),
  room_id TEXT NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
  created_at BIGINT NOT NULL
);
CREATE INDEX room_waiting_by_room ON room_waiting (room_id);
)sql";

// The key of a message is its place in the room, in whose order it is stored, written and read; an index of
// random ids cost a page of its own a message. Nothing looks a message up by its id.
constexpr std::string_view step_4 = R"sql(
CREATE TABLE messages_by_place (
  room_id TEXT NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
  seq BIGINT NOT NULL,
  id TEXT NOT NULL,
  user_id TEXT NOT NULL REFERENCES users (id),
  text TEXT NOT NULL,
  client_id TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (room_id, seq),
  UNIQUE (room_id, user_id, client_id)
) /*clustered*/;
INSERT INTO messages_by_place (room_id, seq, id, user_id, text, client_id, created_at)
  SELECT room_id, seq, id, user_id, text, client_id, created_at FROM messages;
DROP TABLE messages;
ALTER TABLE messages_by_place RENAME TO messages;
)sql";

constexpr std::string_view step_5 = R"sql(
CREATE TABLE terminal_leases (
  device_id TEXT NOT NULL,
  name TEXT NOT NULL,
  epoch BIGINT NOT NULL,
  session_id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  expires_at BIGINT NOT NULL,
  PRIMARY KEY (device_id, name)
);
CREATE INDEX terminal_leases_by_session ON terminal_leases (session_id);
)sql";

constexpr auto steps = std::to_array<migration>({
    {1, "people, devices, rooms, chat, sessions", step_1},
    {2, "conversations of two, locked rooms", step_2},
    {3, "guests who wait to be let in", step_3},
    {4, "messages in the order of their room", step_4},
    {5, "who has the keyboard of a shared terminal", step_5},
});

}  // namespace

std::span<const migration> migrations() {
  return steps;
}

}  // namespace mesh::db
