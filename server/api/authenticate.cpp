#include "server/api/authenticate.hpp"

#include "core/base/limits.hpp"
#include "core/capability/access_token.hpp"
#include "server/api/origin.hpp"
#include "server/api/transact.hpp"
#include "server/services/sign_in.hpp"

#include <fmt/format.h>

namespace mesh::api {
namespace {

using services::authorized;

std::string cookie_of(const net::http_request& request) {
  const auto header = request.headers.find("Cookie");
  const auto value = header ? net::cookie_value(*header, cookie_name) : std::nullopt;
  return std::string(value.value_or(""));
}

std::string origin_of(const net::http_request& request) {
  return std::string(request.headers.find("Origin").value_or(""));
}

io::task<result<models::caller>> noted(backend& with, result<authorized> who, std::string ip) {
  if (!who) co_return pass(who);
  if (who->seen_long_ago) {
    const auto login = who->caller.login;
    auto touch = [login, ip](services::context& c) -> result<services::outcome<services::nothing>> {
      services::touch(c, login, ip);
      return services::outcome<services::nothing>{};
    };
    const auto done = co_await change(with, std::move(touch));
    if (!done) co_return std::unexpected(done.error());
  }
  co_return std::move(who->caller);
}

io::task<result<models::caller>> by_token(backend& with, std::string token, std::string ip) {
  const capability::keyring keys(with.keys().access.verifier());
  const auto claims = capability::verify_access_token(token, keys, with.now());
  if (!claims) {
    if (claims.error().code == errc::token_expired)
      co_return fail(errc::token_expired, "the access token has expired; refresh it");
    co_return fail(errc::unauthorized, "the access token is not valid");
  }
  auto find = [claims = *claims](services::context& c) { return services::authorize(c, claims); };
  auto who = co_await read(with, std::move(find));
  co_return co_await noted(with, std::move(who), std::move(ip));
}

io::task<result<models::caller>> by_cookie(backend& with, std::string cookie,
                                           const net::http_request& request) {
  auto find = [cookie](services::context& c) { return services::authorize_cookie(c, cookie); };
  auto who = co_await read(with, std::move(find));
  auto caller = co_await noted(with, std::move(who), request.remote_address);
  if (caller) caller->origin = origin_of(request);
  co_return caller;
}

std::unexpected<error> sign_in_first() {
  return fail(errc::unauthorized, "sign in first");
}

}  // namespace

io::task<result<models::caller>> authenticate(backend& with, const net::http_request& request) {
  if (const auto header = request.headers.find("Authorization")) {
    const auto token = net::bearer_token(*header);
    if (!token) co_return sign_in_first();
    co_return co_await by_token(with, std::string(*token), request.remote_address);
  }
  auto cookie = cookie_of(request);
  if (cookie.empty()) co_return sign_in_first();
  const bool reads = request.method == "GET" || request.method == "HEAD";
  if (!reads) {
    if (request.headers.find("X-Mesh") != "1")
      co_return fail(errc::header_required, "a page that writes sends the header X-Mesh: 1");
    if (!from_page(request)) co_return fail(errc::origin_refused, "a page that writes sends its Origin");
  }
  co_return co_await by_cookie(with, std::move(cookie), request);
}

io::task<result<models::caller>> authenticate_upgrade(backend& with, const net::http_request& request) {
  if (auto ok = check_origin(request, with.settings()); !ok) co_return std::unexpected(ok.error());
  if (const auto header = request.headers.find("Authorization")) {
    const auto token = net::bearer_token(*header);
    if (!token) co_return sign_in_first();
    co_return co_await by_token(with, std::string(*token), request.remote_address);
  }
  if (auto token = net::query_value(request.query, "token"))
    co_return co_await by_token(with, std::move(*token), request.remote_address);
  auto cookie = cookie_of(request);
  if (cookie.empty()) co_return sign_in_first();
  if (!from_page(request)) co_return fail(errc::origin_refused, "a page that connects sends its Origin");
  co_return co_await by_cookie(with, std::move(cookie), request);
}

models::client client_of(const net::http_request& request) {
  return {request.remote_address, std::string(request.headers.find("User-Agent").value_or("")),
          from_page(request)};
}

std::string set_cookie(std::string_view token) {
  return fmt::format("{}={}; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age={}", cookie_name, token,
                     std::chrono::seconds(limits::cookie_session_life).count());
}

std::string clear_cookie() {
  return fmt::format("{}=; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=0", cookie_name);
}

}  // namespace mesh::api
