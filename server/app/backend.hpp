// What routes and sockets need, put together: database threads, the password pool, the hub, the counters.
#pragma once
#include "core/io/pool.hpp"
#include "server/api/backend.hpp"
#include "server/app/database_threads.hpp"
#include "server/app/metrics.hpp"
#include "server/relay/relay_desk.hpp"
#include "server/ws/hub.hpp"

#include <string>

namespace mesh::app {

// Lives on the network thread. The loop outlives it.
class backend final : public api::backend {
 public:
  // opened and keys outlive this.
  backend(db::database& opened, const auth::keys& keys, services::settings settings,
          relay::settings relaying = {});

  io::task<result<void>> run_read(work job) override;
  io::task<result<void>> run_write(work job) override;
  io::task<result<std::string>> hash_password(secret password) override;
  io::task<result<bool>> verify_password(secret password, std::string hash) override;
  void deliver(models::effects effects) override;
  io::task<bool> deliver_and_await_ack(device_id device, wire::event event) override;
  result<relay_places> open_relay(const session_id& session, const user_id& payer, wall_time until) override;
  std::shared_ptr<const models::presence> presence() override;
  wall_time now() override;
  auth::random_source& random() override;
  const auth::keys& keys() override;
  const services::settings& settings() override;
  std::string metrics() override;
  void count_login(bool succeeded) override;
  void count_session(const std::string& kind) override;

  ws::hub& hub() { return hub_; }
  relay::relay_desk& relay_desk() { return relay_desk_; }
  app::metrics& counters() { return counters_; }
  // Known only once the server listens.
  void set_public_url(std::string url) { settings_.public_url = std::move(url); }

  // Runs what is queued, then joins the threads.
  void stop();

 private:
  auth::system_random random_;
  const auth::keys& keys_;
  services::settings settings_;
  app::metrics counters_;
  ws::hub hub_;
  relay::relay_desk relay_desk_;
  database_threads database_;
  io::pool passwords_;
};

}  // namespace mesh::app
