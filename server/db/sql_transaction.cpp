#include "server/db/sql_transaction.hpp"

#include "core/base/limits.hpp"

namespace mesh::db {
namespace {

// An agent says the newest epoch it knows, so that a lease that is forgotten here takes nothing back.
constexpr auto terminal_epoch_life = std::chrono::days(90);

}  // namespace

sql_transaction::sql_transaction(executor& sql)
    : sql_(sql),
      users_(sql),
      logins_(sql),
      devices_(sql),
      codes_(sql),
      rooms_(sql),
      invitations_(sql),
      messages_(sql),
      p2p_(sql),
      leases_(sql),
      events_(sql),
      meta_(sql) {}

void sql_transaction::prune(wall_time now) {
  sql_.exec("DELETE FROM logins WHERE expires_at <= $1", now);
  sql_.exec("DELETE FROM login_tokens WHERE expires_at <= $1", now);
  sql_.exec("DELETE FROM enroll_codes WHERE expires_at <= $1", now);
  sql_.exec("DELETE FROM device_codes WHERE expires_at <= $1", now);
  sql_.exec("DELETE FROM invitations WHERE expires_at <= $1 OR uses_left <= 0", now);
  sql_.exec("DELETE FROM p2p_sessions WHERE alive_until <= $1", now);
  sql_.exec("DELETE FROM terminal_leases WHERE expires_at <= $1", now - terminal_epoch_life);
  events_.prune(now - limits::event_log_life);
}

}  // namespace mesh::db
