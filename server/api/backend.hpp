// What the routes need from the rest of the server: database threads, the password pool, the hub. server/app
// implements it; nothing here knows a socket or a thread.
#pragma once
#include "core/base/clock.hpp"
#include "core/base/secret.hpp"
#include "core/io/task.hpp"
#include "server/auth/keys.hpp"
#include "server/auth/random_source.hpp"
#include "server/models/outgoing.hpp"
#include "server/models/presence.hpp"
#include "server/services/context.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace mesh::api {

// All calls come from the network thread, and every task resumes there.
class backend {
 public:
  // Decides inside one transaction: true keeps what it wrote, false undoes it.
  using work = std::move_only_function<bool(services::transaction&)>;

  virtual ~backend() = default;

  // Runs job on a database thread. When run_write completes with success the writes are on disk; tasks resume
  // in the order of their commits. A job holds all it needs, so it may outlive a canceled task. Errors:
  // database, busy.
  virtual io::task<result<void>> run_read(work job) = 0;
  virtual io::task<result<void>> run_write(work job) = 0;

  // Argon2id on the bounded pool. Errors: busy when its queue is full.
  virtual io::task<result<std::string>> hash_password(secret password) = 0;
  // hash empty: the account is unknown or has no password; as much time passes, and the answer is false.
  virtual io::task<result<bool>> verify_password(secret password, std::string hash) = 0;

  // To the connections concerned; called after the commit only.
  virtual void deliver(models::effects effects) = 0;
  // Sends the event to one device and waits for its system.ack. False after limits::session_ack_timeout, or
  // when the device is not connected or goes.
  virtual io::task<bool> deliver_and_await_ack(device_id device, wire::event event) = 0;

  // The two places of a session at the relay, each opened once by its ticket. Ends what the session had there
  // before. Errors: relay_off, relay_quota, busy.
  struct relay_places {
    std::string initiator_ticket;
    std::string target_ticket;
    wall_time expires_at;
  };
  virtual result<relay_places> open_relay(const session_id& session, const user_id& payer,
                                          wall_time until) = 0;

  // Who is connected now.
  virtual std::shared_ptr<const models::presence> presence() = 0;
  virtual wall_time now() = 0;
  virtual auth::random_source& random() = 0;
  virtual const auth::keys& keys() = 0;
  virtual const services::settings& settings() = 0;
  // The Prometheus text of /metrics.
  virtual std::string metrics() = 0;

  // For the counters of /metrics.
  virtual void count_login(bool succeeded) = 0;
  virtual void count_session(const std::string& kind) = 0;
};

}  // namespace mesh::api
