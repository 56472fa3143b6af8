// What the server says about itself, and to those who watch over it.
#include "core/wire/account_bodies.hpp"
#include "server/api/make_route.hpp"
#include "server/api/routes.hpp"
#include "server/auth/registration.hpp"
#include "server/services/views.hpp"

namespace mesh::api {
namespace {

using services::context;
using answer = io::task<result<net::http_response>>;

struct health_answer {
  std::string status;
};
BOOST_DESCRIBE_STRUCT(health_answer, (), (status))

answer about(call& c) {
  auto work = [](context& x) -> result<wire::server_answer> {
    const auth::registration_facts facts{x.tx.users().count_with_password() == 0, x.settings.loopback_only,
                                         x.settings.open_registration, false};
    return wire::server_answer{"Mesh", x.settings.version,
                               auth::registration_open(facts) ? "open" : "invitation", format_rfc3339(x.now),
                               services::signing_keys(x)};
  };
  co_return co_await answer_read(c, 200, std::move(work));
}

answer health(call&) {
  const health_answer alive{"ok"};
  co_return write_answer(200, alive);
}

// Ready when the database answers.
answer ready(call& c) {
  auto work = [](context& x) -> result<health_answer> {
    static_cast<void>(x.tx.users().count_with_password());
    return health_answer{"ready"};
  };
  co_return co_await answer_read(c, 200, std::move(work));
}

answer metrics(call& c) {
  net::http_response response;
  response.headers.set("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
  response.body = c.with.metrics();
  co_return response;
}

}  // namespace

std::vector<route> server_routes() {
  std::vector<route> table;
  table.push_back(make_route<none, wire::server_answer>("GET", "/api/server", access::open,
                                                        "About this server", {200}, about));
  table.push_back(
      make_route<none, health_answer>("GET", "/health", access::open, "The program runs", {200}, health));
  table.push_back(make_route<none, health_answer>("GET", "/ready", access::open, "The server can do its work",
                                                  {200}, ready));
  table.push_back(make_route<none, none>("GET", "/metrics", access::operators,
                                         "Counters for Prometheus, for this machine and the server's owner",
                                         {200}, metrics));
  return table;
}

}  // namespace mesh::api
