// Registering, signing in and out, the account.
#include "core/wire/account_bodies.hpp"
#include "server/api/authenticate.hpp"
#include "server/api/http_status.hpp"
#include "server/api/make_route.hpp"
#include "server/api/routes.hpp"
#include "server/auth/password.hpp"
#include "server/services/accounts.hpp"
#include "server/services/guests.hpp"

namespace mesh::api {
namespace {

using services::context;
using services::signed_in;
using answer = io::task<result<net::http_response>>;

// Tokens in the body; for a page a cookie instead, out of reach of its scripts.
net::http_response signed_in_response(unsigned status, const signed_in& reply) {
  auto response = write_answer(status, reply.tokens);
  if (reply.cookie) response.headers.add("Set-Cookie", set_cookie(*reply.cookie));
  return response;
}

// A transaction that signs a person in.
template <class F>
answer sign_in(call& c, unsigned status, F work) {
  const auto done = co_await change(c.with, std::move(work));
  if (!done) co_return std::unexpected(done.error());
  co_return signed_in_response(status, *done);
}

// The hash of a new password, made only when the rest of the request is allowed: it is the costly part.
template <class F>
io::task<result<std::string>> hash_if(call& c, F check, const std::string& password) {
  auto ask = [check = std::move(check)](context& x) -> result<bool> {
    if (auto ok = check(x); !ok) return std::unexpected(ok.error());
    return true;
  };
  const auto allowed = co_await read(c.with, std::move(ask));
  if (!allowed) co_return std::unexpected(allowed.error());
  co_return co_await c.with.hash_password(secret(password));
}

answer register_user(call& c, wire::register_request body) {
  if (const auto wait = c.limits.registration(c.client.ip); wait.count() > 0) co_return rate_limited(wait);
  auto check = [body](context& x) { return services::check_registration(x, body); };
  auto hash = co_await hash_if(c, std::move(check), body.password);
  if (!hash) co_return pass(hash);
  auto work = [body, hash = std::move(*hash), client = c.client](context& x) {
    return services::register_user(x, body, hash, client);
  };
  co_return co_await sign_in(c, 201, std::move(work));
}

answer knock(call& c, wire::guest_request body) {
  if (const auto wait = c.limits.registration(c.client.ip); wait.count() > 0) co_return rate_limited(wait);
  auto work = [body = std::move(body), client = c.client](context& x) {
    return services::knock(x, body, client);
  };
  co_return co_await sign_in(c, 201, std::move(work));
}

answer log_in(call& c, wire::login_request body) {
  if (const auto wait = c.limits.login(c.client.ip, body.username); wait.count() > 0)
    co_return rate_limited(wait);
  auto find = [name = body.username](context& x) { return services::find_password_hash(x, name); };
  const auto hash = co_await read(c.with, std::move(find));
  if (!hash) co_return std::unexpected(hash.error());
  const auto fits = co_await c.with.verify_password(secret(std::move(body.password)), *hash);
  if (!fits) co_return std::unexpected(fits.error());
  c.with.count_login(*fits);
  if (!*fits) co_return fail(errc::invalid_credentials, "the username or the password is wrong");
  auto work = [name = body.username, hash = *hash, client = c.client](context& x) {
    return services::log_in(x, name, hash, client);
  };
  const auto done = co_await change(c.with, std::move(work));
  if (!done) co_return std::unexpected(done.error());
  c.limits.login_succeeded(body.username);
  co_return signed_in_response(200, *done);
}

answer refresh(call& c, wire::refresh_request body) {
  if (const auto wait = c.limits.knock(c.client.ip); wait.count() > 0) co_return rate_limited(wait);
  auto work = [body, ip = c.client.ip](context& x) { return services::refresh(x, body, ip); };
  const auto done = co_await change(c.with, std::move(work));
  if (!done) co_return std::unexpected(done.error());
  if (done->refused) co_return std::unexpected(*done->refused);
  co_return write_answer(200, done->tokens);
}

answer log_out(call& c, wire::empty_body) {
  auto work = [caller = c.caller](context& x) { return services::sign_out(x, caller); };
  const auto done = co_await change(c.with, std::move(work));
  if (!done) co_return std::unexpected(done.error());
  auto response = net::http_response::empty(204);
  if (c.caller.by_cookie) response.headers.add("Set-Cookie", clear_cookie());
  co_return response;
}

answer set_up(call& c, wire::setup_request body) {
  if (const auto wait = c.limits.knock(c.client.ip); wait.count() > 0) co_return rate_limited(wait);
  auto check = [body](context& x) { return services::check_setup(x, body); };
  auto hash = co_await hash_if(c, std::move(check), body.password);
  if (!hash) co_return pass(hash);
  auto work = [body, hash = std::move(*hash), client = c.client](context& x) {
    return services::set_up(x, body, hash, client);
  };
  co_return co_await sign_in(c, 200, std::move(work));
}

// The stored hash that the person's current password was found to fit. Errors: invalid_credentials,
// rate_limited.
io::task<result<std::string>> confirm_password(call& c, const std::string& password) {
  auto find = [caller = c.caller](context& x) { return services::find_password_hash(x, caller); };
  auto hash = co_await read(c.with, std::move(find));
  if (!hash) co_return hash;
  const auto fits = co_await c.with.verify_password(secret(password), *hash);
  if (!fits) co_return std::unexpected(fits.error());
  if (!*fits) co_return fail(errc::invalid_credentials, "the password is wrong");
  co_return hash;
}

answer change_password(call& c, wire::password_request body) {
  if (const auto wait = c.limits.login(c.client.ip, c.caller.username); wait.count() > 0)
    co_return rate_limited(wait);
  if (auto ok = auth::check_new_password(body.new_password, c.with.settings().loopback_only, "new_password");
      !ok)
    co_return std::unexpected(ok.error());
  auto find = [caller = c.caller](context& x) { return services::find_password_hash(x, caller); };
  const auto stored = co_await read(c.with, std::move(find));
  if (!stored) co_return std::unexpected(stored.error());
  std::string checked;
  if (!stored->empty()) {  // an account that never had a password has none to confirm
    if (!body.current_password)
      co_return fail(errc::field_missing, "\"current_password\" is missing", "current_password");
    auto confirmed = co_await confirm_password(c, *body.current_password);
    if (!confirmed) {
      confirmed.error().field = "current_password";
      co_return pass(confirmed);
    }
    checked = std::move(*confirmed);
  }
  c.limits.login_succeeded(c.caller.username);
  auto hash = co_await c.with.hash_password(secret(std::move(body.new_password)));
  if (!hash) co_return pass(hash);
  auto work = [caller = c.caller, checked, hash = std::move(*hash)](context& x) {
    return services::change_password(x, caller, checked, hash);
  };
  co_return co_await answer_change<none>(c, 204, std::move(work));
}

answer delete_account(call& c, wire::delete_account_request body) {
  if (const auto wait = c.limits.login(c.client.ip, c.caller.username); wait.count() > 0)
    co_return rate_limited(wait);
  auto checked = co_await confirm_password(c, body.password);
  if (!checked) {
    checked.error().field = "password";
    co_return pass(checked);
  }
  auto work = [caller = c.caller, hash = std::move(*checked)](context& x) {
    return services::delete_account(x, caller, hash);
  };
  const auto done = co_await change(c.with, std::move(work));
  if (!done) co_return std::unexpected(done.error());
  auto response = net::http_response::empty(204);
  if (c.caller.by_cookie) response.headers.add("Set-Cookie", clear_cookie());
  co_return response;
}

}  // namespace

std::vector<route> auth_routes() {
  std::vector<route> table;
  table.push_back(make_route<wire::register_request, wire::tokens>(
      "POST", "/api/auth/register", access::open, "Make an account and sign in", {201}, register_user));
  table.push_back(make_route<wire::guest_request, wire::tokens>(
      "POST", "/api/auth/guest", access::open, "Ask to come into a room as a guest without an account", {201},
      knock));
  table.push_back(make_route<wire::login_request, wire::tokens>("POST", "/api/auth/login", access::open,
                                                                "Sign in", {200}, log_in));
  table.push_back(make_route<wire::refresh_request, wire::tokens>(
      "POST", "/api/auth/refresh", access::open, "Exchange a refresh token for new tokens", {200}, refresh));
  table.push_back(make_route<wire::empty_body, none>("POST", "/api/auth/logout", access::signed_in,
                                                     "End this sign-in", {204}, log_out));
  table.push_back(make_route<wire::setup_request, wire::tokens>(
      "POST", "/api/auth/setup", access::open, "Set the owner's name and first password", {200}, set_up));
  table.push_back(make_reader<wire::login_list>("/api/auth/sessions", "Where you are signed in",
                                                [](context& x, const models::caller& who, const parameters&) {
                                                  return services::list_logins(x, who);
                                                }));
  table.push_back(make_writer<none, none>("DELETE", "/api/auth/sessions/{login_id}", "Sign a client out", 204,
                                          [](context& x, const models::caller& who, const parameters& path) {
                                            return services::revoke_login(
                                                x, who, login_id(parameter(path, "login_id")));
                                          }));
  table.push_back(make_reader<wire::user_answer>(
      "/api/account", "Your account", [](context& x, const models::caller& who, const parameters&) {
        return services::get_account(x, who);
      }));
  table.push_back(make_route<wire::password_request, none>("POST", "/api/account/password", access::signed_in,
                                                           "Change your password", {204}, change_password));
  table.push_back(make_route<wire::delete_account_request, none>(
      "DELETE", "/api/account", access::signed_in, "Delete your account", {204}, delete_account));
  return table;
}

}  // namespace mesh::api
