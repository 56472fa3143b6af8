#include "server/app/server.hpp"

#include "core/base/log.hpp"
#include "core/io/loop.hpp"
#include "core/io/task_group.hpp"
#include "core/io/termination.hpp"
#include "core/net/http_server.hpp"
#include "core/net/url.hpp"
#include "core/text/catalogue.hpp"
#include "server/api/router.hpp"
#include "server/api/transact.hpp"
#include "server/app/backend.hpp"
#include "server/app/data_dir.hpp"
#include "server/app/descriptors.hpp"
#include "server/app/front.hpp"
#include "server/app/housekeeping.hpp"
#include "server/app/sockets.hpp"
#include "server/app/static_files.hpp"

#include <cstdio>
#include <unistd.h>

namespace mesh::app {
namespace {

// Together below the 5 seconds after which a service manager loses patience.
constexpr auto connections_grace = std::chrono::seconds(3);
constexpr auto memory_interval = std::chrono::minutes(1);
constexpr auto login_check_interval = std::chrono::seconds(5);
constexpr auto activity_check_interval = std::chrono::seconds(5);

result<std::shared_ptr<const net::tls_context>> tls_of(const config::server_config& c) {
  if (c.tls_cert.empty()) return std::shared_ptr<const net::tls_context>();
  return net::tls_context::server(c.tls_cert, c.tls_key);
}

net::http_server_options options_of(const config::server_config& c,
                                    std::shared_ptr<const net::tls_context> tls, front& doors) {
  net::http_server_options options;
  options.hosts = c.host;
  options.port = c.port;
  options.tls = std::move(tls);
  options.limits.connections_max = connections_possible();
  options.on_refusal = [&doors](const net::http_request& request, net::http_response& response) {
    doors.refuse(request, response);
  };
  return options;
}

relay::settings relay_settings(const config::server_config& c) {
  return {c.relay, static_cast<std::uint64_t>(c.relay_mib_per_day) * 1024 * 1024};
}

// The parts of a running server, in the order in which they may go again.
class house {
 public:
  house(io::loop& on, const serve_options& options, db::database& opened, const auth::keys& keys,
        std::shared_ptr<const net::tls_context> tls)
      : options_(options),
        termination_(on.get_executor()),
        backend_(opened, keys, service_settings(options.config, options.config.port),
                 relay_settings(options.config)),
        background_(on.get_executor(), "app"),
        files_(options.config.web_dir),
        api_(backend_),
        front_(api_, files_, backend_.counters()),
        sockets_(backend_, background_),
        http_(
            on.get_executor(), options_of(options.config, std::move(tls), front_),
            [this](net::http_request request) { return front_.handle(std::move(request)); },
            [this](net::http_request request) { return sockets_.decide(std::move(request)); }) {}

  result<void> open(data_dir& data) {
    if (auto listening = http_.listen(); !listening) return listening;
    const auto url = public_url(options_.config, http_.port());
    backend_.set_public_url(url);
    if (auto told = data.announce(url); !told) return told;
    for (const auto& address : http_.addresses()) log::info("app", "listening on {}", address);
    background_.spawn("forgetting what expired", forget_expired(backend_));
    background_.spawn("giving memory back", give_memory_back(memory_interval));
    background_.spawn("ending silent activities", end_silent_activities(backend_, activity_check_interval));
    background_.spawn("checking sign-ins", cut_ended_logins(backend_, login_check_interval));
    return {};
  }

  // Until a signal, and to the end.
  io::task<result<void>> run() {
    auto first = co_await nobody_has_signed_up();
    std::fputs((text::tr("server.ready", backend_.settings().public_url) + "\n").c_str(), stdout);
    if (first) std::fputs((text::tr("server.first_steps") + "\n").c_str(), stdout);
    std::fflush(stdout);
    if (options_.ready_file)
      if (auto told = write_file(*options_.ready_file, std::to_string(http_.port()) + "\n", 0644); !told)
        co_return told;
    const auto signal = co_await termination_.signal();
    log::info("app", "stopping on signal {}", signal);
    co_await http_.stop(connections_grace);
    co_await background_.stop();
    co_return result<void>();
  }

  void stop() { backend_.stop(); }

 private:
  io::task<bool> nobody_has_signed_up() {
    auto work = [](services::context& c) -> result<bool> { return c.tx.users().count_with_password() == 0; };
    const auto nobody = co_await api::read(backend_, std::move(work));
    co_return nobody.value_or(false);
  }

  const serve_options& options_;
  io::termination termination_;
  backend backend_;
  io::task_group background_;
  static_files files_;
  api::router api_;
  front front_;
  sockets sockets_;
  net::http_server http_;
};

}  // namespace

std::string public_url(const config::server_config& config, std::uint16_t port) {
  if (!config.public_url.empty()) return config.public_url;
  return (config.tls_cert.empty() ? "http://localhost:" : "https://localhost:") + std::to_string(port);
}

services::settings service_settings(const config::server_config& config, std::uint16_t port) {
  services::settings settings;
  settings.public_url = public_url(config, port);
  settings.version = MESH_VERSION;
  const auto named = net::parse_url(config.public_url);
  settings.loopback_only = config::loopback_only(config) &&
                           (config.public_url.empty() || (named && net::is_loopback(named->host)));
  settings.open_registration = config.open_registration;
  settings.room_members_max = config.room_members_max;
  return settings;
}

result<void> serve(const serve_options& options) {
  auto data = data_dir::open(options.config.data_dir);
  if (!data) return pass(data);
  if (auto ours = data->lock(); !ours) return ours;
  const auto keys = data->keys();
  if (!keys) return std::unexpected(keys.error());
  auto opened = db::database::open(options.config.database, wall_now(), db::use::owner);
  if (!opened) return pass(opened);
  auto tls = tls_of(options.config);
  if (!tls) return pass(tls);
  io::loop loop;
  house all(loop, options, *opened, *keys, std::move(*tls));
  if (auto open = all.open(*data); !open) return open;
  auto ended = loop.run(all.run());
  all.stop();
  return ended;
}

}  // namespace mesh::app
