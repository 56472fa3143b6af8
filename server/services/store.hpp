// The database as services see it: one synchronous transaction, free of any SQL.
#pragma once
#include "server/models/p2p_session.hpp"
#include "server/models/terminal_lease.hpp"
#include "server/services/store_people.hpp"
#include "server/services/store_rooms.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mesh::services {

class p2p_store {
 public:
  virtual ~p2p_store() = default;
  virtual std::optional<models::p2p_session> find(const session_id& id) = 0;
  // Sessions still alive at now, in which the user or device takes part.
  virtual std::vector<models::p2p_session> of_user(const user_id& user, wall_time now) = 0;
  virtual std::vector<models::p2p_session> of_device(const device_id& device, wall_time now) = 0;
  virtual std::vector<models::p2p_session> of_room(const room_id& room, wall_time now) = 0;
  virtual void insert(const models::p2p_session& session) = 0;
  virtual void renew(const session_id& id, wall_time expires_at, wall_time alive_until) = 0;
  virtual void erase(const session_id& id) = 0;
};

class lease_store {
 public:
  virtual ~lease_store() = default;
  // The newest of this terminal, over or not.
  virtual std::optional<models::terminal_lease> find(const device_id& device, std::string_view name) = 0;
  // Those of a viewer's session that are not over at now.
  virtual std::vector<models::terminal_lease> of_session(const session_id& session, wall_time now) = 0;
  // In the place of the one before.
  virtual void put(const models::terminal_lease& lease) = 0;
  // Over from now on; the epoch is remembered.
  virtual void end(const device_id& device, std::string_view name, wall_time now) = 0;
};

// The durable log of what a person's devices must not miss, numbered per person.
class event_store {
 public:
  struct entry {
    std::int64_t seq = 0;
    std::string event;  // the rendered envelope, without seq
  };
  virtual ~event_store() = default;
  // The position it got.
  virtual std::int64_t append(const user_id& user, std::string_view event, wall_time now) = 0;
  virtual std::vector<entry> after(const user_id& user, std::int64_t since, std::int64_t limit) = 0;
  virtual std::int64_t last_seq(const user_id& user) = 0;
  // Everything up to and including this position was forgotten; 0 when nothing was.
  virtual std::int64_t floor(const user_id& user) = 0;
  // Removes entries older than the given time and raises the floors accordingly.
  virtual void prune(wall_time older_than) = 0;
};

// Single facts about the server, such as the hash of the set-up token.
class meta_store {
 public:
  virtual ~meta_store() = default;
  virtual std::optional<std::string> get(std::string_view key) = 0;
  virtual void set(std::string_view key, std::string_view value) = 0;
  virtual void erase(std::string_view key) = 0;
};

// Everything one service call reads and writes; all of it stands, or none.
//
// A statement that fails poisons the transaction: later calls do nothing and return empty values, and whoever
// runs the transaction answers errc::database instead of what the service decided. So services need not check
// each call.
class transaction {
 public:
  virtual ~transaction() = default;
  virtual user_store& users() = 0;
  virtual login_store& logins() = 0;
  virtual device_store& devices() = 0;
  virtual code_store& codes() = 0;
  virtual room_store& rooms() = 0;
  virtual invitation_store& invitations() = 0;
  virtual message_store& messages() = 0;
  virtual p2p_store& p2p() = 0;
  virtual lease_store& leases() = 0;
  virtual event_store& events() = 0;
  virtual meta_store& meta() = 0;
  // Removes what expired before now: sign-ins, tokens, codes, invitations, p2p sessions, old log entries.
  virtual void prune(wall_time now) = 0;
};

}  // namespace mesh::services
