#include "server/api/router.hpp"

#include "core/base/log.hpp"
#include "core/net/url.hpp"
#include "server/api/authenticate.hpp"
#include "server/api/http_status.hpp"
#include "server/api/make_route.hpp"
#include "server/api/openapi.hpp"
#include "server/api/origin.hpp"
#include "server/api/routes.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <optional>
#include <set>

namespace mesh::api {
namespace {

// The parameters of a path that fits the pattern.
std::optional<parameters> match(std::string_view pattern, std::string_view path) {
  parameters found;
  while (true) {
    const auto pattern_end = std::min(pattern.find('/', 1), pattern.size());
    const auto path_end = std::min(path.find('/', 1), path.size());
    const auto expected = pattern.substr(0, pattern_end);
    const auto given = path.substr(0, path_end);
    if (expected.starts_with("/{")) {
      if (given.size() < 2) return std::nullopt;
      found.emplace_back(expected.substr(2, expected.size() - 3), given.substr(1));
    } else if (expected != given) {
      return std::nullopt;
    }
    pattern.remove_prefix(pattern_end);
    path.remove_prefix(path_end);
    if (pattern.empty() || path.empty()) break;
  }
  if (!pattern.empty() || !path.empty()) return std::nullopt;
  return found;
}

struct target {
  const route* found = nullptr;
  parameters path;
  std::set<std::string> methods;  // that the path knows
};

target find_route(const std::vector<route>& routes, const net::http_request& request) {
  const std::string_view method = request.method == "HEAD" ? "GET" : std::string_view(request.method);
  target t;
  for (const auto& r : routes) {
    auto fits = match(r.pattern, request.path);
    if (!fits) continue;
    t.methods.emplace(r.method);
    if (r.method != method || t.found != nullptr) continue;
    t.found = &r;
    t.path = std::move(*fits);
  }
  return t;
}

net::http_response not_found(const target& t) {
  if (t.methods.empty()) return error_response({errc::not_found, "there is nothing at this address", {}});
  auto response = error_response({errc::method_not_allowed, "this address does not know this method", {}});
  std::string allow;
  for (const auto& method : t.methods) allow += (allow.empty() ? "" : ", ") + method;
  response.headers.set("Allow", allow);
  return response;
}

void add_common_headers(net::http_response& response) {
  response.headers.set("Cache-Control", "no-store");
  response.headers.set("X-Content-Type-Options", "nosniff");
}

// A proxy on this machine speaks for people who are elsewhere.
bool from_this_machine(const net::http_request& request) {
  return net::is_loopback(request.remote_address) && request.headers.count("X-Forwarded-For") == 0 &&
         request.headers.count("Forwarded") == 0;
}

// All that a visitor without an account may ask for: everything else is for people with one.
constexpr auto for_guests = std::to_array<std::pair<std::string_view, std::string_view>>({
    {"GET", "/api/account"},
    {"POST", "/api/auth/logout"},
    {"POST", "/api/devices"},
    {"GET", "/api/devices"},
    {"GET", "/api/rooms"},
    {"GET", "/api/rooms/{room_id}"},
    {"GET", "/api/rooms/{room_id}/grid"},
    {"GET", "/api/rooms/{room_id}/messages"},
    {"POST", "/api/rooms/{room_id}/messages"},
    {"POST", "/api/rooms/{room_id}/leave"},
    {"POST", "/api/p2p/sessions"},
});

bool may_guests(const route& r) {
  return std::ranges::find(for_guests, std::pair(r.method, r.pattern)) != for_guests.end();
}

route document_route(const wire::json_object& document) {
  auto run = [&document](call&) -> io::task<result<net::http_response>> {
    co_return net::http_response::json(200, wire::to_text(document));
  };
  auto r = make_route<none, none>("GET", "/api/openapi.json", access::open, "This document", {200}, run);
  r.answer = wire::json_object{{"type", "object"}};
  return r;
}

}  // namespace

std::string call::at(std::string_view name) const {
  return parameter(path, name);
}

std::string parameter(const parameters& from, std::string_view name) {
  for (const auto& [key, value] : from)
    if (key == name) return value;
  return {};
}

router::router(backend& with, std::function<steady_time()> clock) : with_(with), limits_(std::move(clock)) {
  limits_.exempt_loopback(with.settings().loopback_only);
  for (auto part :
       {auth_routes(), device_routes(), room_routes(), message_routes(), p2p_routes(), server_routes()})
    std::ranges::move(part, std::back_inserter(routes_));
  routes_.push_back(document_route(document_));
  document_ = openapi_document(routes_, with.settings().version);
}

bool router::serves(std::string_view path) {
  return path == "/api" || path.starts_with("/api/") || path == "/health" || path == "/ready" ||
         path == "/metrics";
}

io::task<net::http_response> router::handle(net::http_request request) {
  auto t = find_route(routes_, request);
  std::optional<net::http_response> response;
  if (auto ok = check_origin(request, with_.settings()); !ok) {
    response = error_response(ok.error());
  } else if (t.found == nullptr) {
    response = not_found(t);
  } else {
    call c{with_, limits_, request, client_of(request), {}, std::move(t.path)};
    auto done = co_await run(*t.found, c);
    response = done ? std::move(*done) : error_response(done.error());
    if (!done && (response->status == 500 || done.error().code == errc::database ||
                  done.error().code == errc::database_in_use))
      log::error("api", "{} {}: {}", t.found->method, t.found->pattern, done.error().detail);
  }
  add_common_headers(*response);
  co_return std::move(*response);
}

io::task<result<net::http_response>> router::run(const route& r, call& c) {
  const bool needs_caller =
      r.who == access::signed_in || (r.who == access::operators && !from_this_machine(c.http));
  if (needs_caller) {
    auto who = co_await authenticate(with_, c.http);
    if (!who) co_return pass(who);
    c.caller = std::move(*who);
    if (c.caller.guest && !may_guests(r))
      co_return fail(errc::forbidden, "guests without an account cannot do this");
    if (r.who == access::operators && !c.caller.admin)
      co_return fail(errc::forbidden, "only the server's owner may see this");
    if (r.method != "GET")
      if (const auto wait = limits_.write(c.caller.user); wait.count() > 0) co_return rate_limited(wait);
  }
  co_return co_await r.handle(c);
}

}  // namespace mesh::api
