#include "agent/server_link/account.hpp"

#include "agent/server_link/proofs.hpp"
#include "agent/server_link/unreachable.hpp"
#include "core/base/bytes.hpp"
#include "core/base/log.hpp"

#include <chrono>
#include <utility>

#include <fmt/format.h>

namespace mesh::server_link {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view module = "link";
constexpr auto request_timeout = 15s;
constexpr auto token_margin = 30s;

// Without a known word the status says what happened.
errc code_of_status(unsigned status) {
  switch (status) {
    case 401:
      return errc::unauthorized;
    case 403:
      return errc::forbidden;
    case 409:
      return errc::conflict;
    case 413:
      return errc::too_large;
    case 429:
      return errc::rate_limited;
    case 503:
      return errc::busy;
    default:
      return errc::server_error;
  }
}

error refusal(const net::http_response& answer) {
  const auto body = wire::parse<wire::error_answer>(answer.body);
  // Our server says what it does not know, and never without a word of its own.
  if (!body && answer.status == 404)
    return {errc::server_unreachable,
            fmt::format("what answers there is no mesh-server (HTTP status {})", answer.status),
            {}};
  if (!body) return {code_of_status(answer.status), fmt::format("HTTP status {}", answer.status), {}};
  const auto code = code_of(body->error.code);
  // "internal" there is the server's trouble, not ours.
  return {code == errc::internal ? errc::server_error : code, body->error.message,
          body->error.field.value_or("")};
}

std::string trimmed(std::string url) {
  while (url.ends_with('/')) url.pop_back();
  return url;
}

}  // namespace

std::string machine::public_key() const {
  return to_base64url(key->verifier().spki());
}

account::account(const io::executor& on, net::http_client& http, credential_store& store, machine self,
                 std::string server_url, bool server_fixed, secret pasted_token)
    : http_(http),
      store_(store),
      self_(std::move(self)),
      server_url_(trimmed(std::move(server_url))),
      server_fixed_(server_fixed),
      pasted_token_(std::move(pasted_token)),
      refreshed_(on) {}

result<void> account::load() {
  auto found = store_.load();
  if (!found) return pass(found);
  if (!*found) return {};
  if (server_fixed_ && (*found)->server_url != server_url_) {
    log::info(module, "stored credentials are for {}, not for {}", (*found)->server_url, server_url_);
    return {};
  }
  if ((*found)->device_id != self_.device_id) {
    log::warn(module, "stored credentials are for the device {}; sign in again as {}", (*found)->device_id,
              self_.device_id);
    return {};
  }
  stored_ = std::move(**found);
  server_url_ = stored_.server_url;
  return {};
}

bool account::signed_in() const {
  return !pasted_token_.empty() || !stored_.refresh_token.empty();
}

io::task<result<wire::json_value>> account::send(std::string server, std::string method, std::string path,
                                                 std::optional<wire::json_value> body, std::string token) {
  net::client_request request;
  request.method = std::move(method);
  request.address = server + path;
  request.headers.set("User-Agent", "mesh-agent/" MESH_VERSION);
  request.headers.set("Accept", "application/json");
  if (!token.empty()) request.headers.set("Authorization", "Bearer " + token);
  if (body) {
    request.headers.set("Content-Type", "application/json");
    request.body = wire::to_text(*body);
  }
  auto answer = co_await http_.send(std::move(request), request_timeout);
  if (!answer) co_return std::unexpected(unreachable(answer.error(), server));
  if (answer->status >= 400 || (answer->status >= 300 && answer->status < 400))
    co_return std::unexpected(refusal(*answer));
  if (answer->body.empty()) co_return wire::json_value(wire::json_object{});
  auto value = wire::parse_json(answer->body, answer->body.size() + 1);
  if (!value) co_return fail(errc::server_error, fmt::format("{}{}: not JSON", server, path));
  co_return std::move(*value);
}

template <class T>
io::task<result<T>> account::ask(std::string server, std::string path, wire::json_value body,
                                 std::string token) {
  auto answer = co_await send(std::move(server), "POST", std::move(path), std::move(body), std::move(token));
  if (!answer) co_return pass(answer);
  co_return understand<T>(*answer);
}

io::task<result<wire::server_answer>> account::ask_server(std::string server) {
  auto answer = co_await send(std::move(server), "GET", "/api/server", std::nullopt, {});
  if (!answer) co_return pass(answer);
  auto info = understand<wire::server_answer>(*answer);
  if (info && info->signing_keys.empty()) co_return fail(errc::server_error, "it announces no signing key");
  co_return info;
}

io::task<result<wire::device_answer>> account::register_device(std::string server, std::string user_id,
                                                               std::string token) {
  const auto challenge =
      co_await ask<wire::challenge_answer>(server, "/api/auth/challenge", wire::json_object{});
  if (!challenge) co_return std::unexpected(challenge.error());
  const wire::device_request body{device_id(self_.device_id),
                                  "agent",
                                  self_.name,
                                  self_.public_key(),
                                  challenge->nonce,
                                  prove_device(*self_.key, challenge->nonce, user_id, self_.device_id)};
  co_return co_await ask<wire::device_answer>(server, "/api/devices", wire::to_json(body), std::move(token));
}

result<void> account::adopt(std::string server, const wire::server_answer& keys, const wire::user_info& user,
                            std::optional<std::string>& access, std::optional<std::string>& refresh,
                            std::optional<std::int64_t> expires_in) {
  if (!access || !refresh || !expires_in)
    return fail(errc::server_error, "it gave no tokens for this device");
  credentials fresh{std::move(server),           user.id.str(),    user.username, self_.device_id,
                    secret(std::move(*refresh)), keys.signing_keys};
  if (auto saved = store_.save(fresh); !saved) return saved;
  stored_ = std::move(fresh);
  server_url_ = stored_.server_url;
  access_token_ = secret(std::move(*access));
  access_expires_ = steady_now() + std::chrono::seconds(*expires_in);
  if (changed_) changed_();
  return {};
}

void account::learn(const wire::user_info& user) {
  if (user.id.str() != stored_.user_id || user.username == stored_.username) return;
  stored_.username = user.username;
  if (!pasted_token_.empty()) return;
  if (const auto saved = store_.save(stored_); !saved)
    log::warn(module, "the new name of the account cannot be kept: {}", saved.error().detail);
}

io::task<result<void>> account::sign_in_with_password(std::string server, std::string username,
                                                      secret password) {
  server = server.empty() ? server_url_ : trimmed(std::move(server));
  const auto info = co_await ask_server(server);
  if (!info) co_return std::unexpected(info.error());
  const wire::login_request body{std::move(username), std::string(password.reveal())};
  auto login = co_await ask<wire::tokens>(server, "/api/auth/login", wire::to_json(body));
  if (!login) co_return pass(login);
  auto device = co_await register_device(server, login->user.id.str(), login->access_token.value_or(""));
  if (!device) co_return pass(device);
  co_return adopt(server, *info, login->user, device->access_token, device->refresh_token,
                  device->expires_in);
}

io::task<result<void>> account::sign_in_with_code(std::string server,
                                                  std::function<void(const wire::device_code_answer&)> show,
                                                  std::function<bool()> wanted) {
  server = server.empty() ? server_url_ : trimmed(std::move(server));
  const auto info = co_await ask_server(server);
  if (!info) co_return std::unexpected(info.error());
  const wire::device_code_request body{device_id(self_.device_id), self_.name, "agent", self_.public_key()};
  const auto code =
      co_await ask<wire::device_code_answer>(server, "/api/auth/device/start", wire::to_json(body));
  if (!code) co_return std::unexpected(code.error());
  show(*code);
  const wire::device_token_request proof{code->device_code,
                                         prove_device_code(*self_.key, code->device_code, self_.device_id)};
  auto interval = std::chrono::seconds(std::max<std::int64_t>(1, code->interval));
  const auto end = steady_now() + std::chrono::seconds(code->expires_in);
  while (steady_now() < end) {
    co_await io::sleep_for(interval);
    if (!wanted()) co_return fail(errc::canceled);
    auto got = co_await ask<wire::tokens>(server, "/api/auth/device/token", wire::to_json(proof));
    if (got)
      co_return adopt(server, *info, got->user, got->access_token, got->refresh_token, got->expires_in);
    if (got.error().code == errc::slow_down)
      interval += 5s;  // RFC 8628 section 3.5
    else if (got.error().code != errc::authorization_pending && got.error().code != errc::server_unreachable)
      co_return pass(got);
  }
  co_return fail(errc::expired_code);
}

io::task<result<void>> account::enroll(std::string server, std::string code) {
  server = server.empty() ? server_url_ : trimmed(std::move(server));
  const auto info = co_await ask_server(server);
  if (!info) co_return std::unexpected(info.error());
  const auto challenge =
      co_await ask<wire::challenge_answer>(server, "/api/auth/challenge", wire::json_object{});
  if (!challenge) co_return std::unexpected(challenge.error());
  const wire::enroll_request body{code,
                                  device_id(self_.device_id),
                                  "agent",
                                  self_.name,
                                  self_.public_key(),
                                  challenge->nonce,
                                  prove_enrolment(*self_.key, challenge->nonce, code, self_.device_id)};
  auto got = co_await ask<wire::tokens>(server, "/api/auth/enroll", wire::to_json(body));
  if (!got) co_return pass(got);
  co_return adopt(server, *info, got->user, got->access_token, got->refresh_token, got->expires_in);
}

io::task<result<void>> account::sign_out() {
  if (!stored_.refresh_token.empty() && pasted_token_.empty()) {
    const auto told = co_await call("POST", "/api/auth/logout", wire::json_object{});
    if (!told) log::warn(module, "the server was not told of the sign-out: {}", told.error().detail);
  }
  stored_ = credentials();
  access_token_ = secret();
  auto cleared = store_.clear();
  if (changed_) changed_();
  co_return cleared;
}

io::task<result<void>> account::ensure_registered() {
  if (pasted_token_.empty() || registered_) co_return result<void>();
  const std::string token(pasted_token_.reveal());
  auto who = co_await call("GET", "/api/account");
  if (!who) co_return pass(who);
  const auto user = understand<wire::user_answer>(*who);
  if (!user) co_return std::unexpected(user.error());
  const auto device = co_await register_device(server_url_, user->user.id.str(), token);
  if (!device) {
    if (device.error().code == errc::unauthorized || device.error().code == errc::token_expired)
      co_return fail(errc::auth_token_expired, device.error().detail);
    co_return std::unexpected(device.error());
  }
  stored_.user_id = user->user.id.str();
  stored_.username = user->user.username;
  stored_.server_url = server_url_;
  stored_.device_id = self_.device_id;
  registered_ = true;
  co_return result<void>();
}

result<void> account::pin(const std::vector<wire::signing_key_info>& keys) {
  if (!stored_.signing_keys.empty()) return {};
  stored_.signing_keys = keys;
  return store_.save(stored_);
}

io::task<result<std::string>> account::access_token() {
  if (!pasted_token_.empty()) co_return std::string(pasted_token_.reveal());
  if (stored_.refresh_token.empty()) co_return fail(errc::not_logged_in);
  // A refresh token works once: whoever comes while another refreshes waits for that one.
  while (refreshing_) co_await refreshed_.wait();
  if (access_token_.empty() || steady_now() + token_margin >= access_expires_) {
    auto done = co_await refresh_once();
    if (!done) co_return pass(done);
  }
  co_return std::string(access_token_.reveal());
}

io::task<result<void>> account::refresh_once() {
  refreshing_ = true;
  struct guard {
    account& of;
    ~guard() {
      of.refreshing_ = false;
      of.refreshed_.notify();
    }
  } const ends{*this};
  if (stored_.refresh_token.empty()) co_return fail(errc::not_logged_in);
  const std::string token(stored_.refresh_token.reveal());
  const wire::refresh_request body{token, prove_refresh(*self_.key, token)};
  auto got = co_await ask<wire::tokens>(server_url_, "/api/auth/refresh", wire::to_json(body));
  if (!got) co_return pass(got);
  if (!got->access_token || !got->refresh_token || !got->expires_in)
    co_return fail(errc::server_error, "it refreshed nothing");
  stored_.refresh_token = secret(std::move(*got->refresh_token));
  if (got->user.id.str() == stored_.user_id) stored_.username = got->user.username;
  if (auto saved = store_.save(stored_); !saved) co_return saved;
  access_token_ = secret(std::move(*got->access_token));
  access_expires_ = steady_now() + std::chrono::seconds(*got->expires_in);
  co_return result<void>();
}

io::task<result<wire::json_value>> account::call(std::string method, std::string path,
                                                 std::optional<wire::json_value> body) {
  for (int attempt = 0;; ++attempt) {
    auto token = co_await access_token();
    if (!token) co_return pass(token);
    auto answer = co_await send(server_url_, method, path, body, *token);
    if (answer) co_return answer;
    const auto code = answer.error().code;
    if (code != errc::unauthorized && code != errc::token_expired) co_return answer;
    if (!pasted_token_.empty()) co_return fail(errc::auth_token_expired, answer.error().detail);
    if (attempt > 0) co_return answer;
    forget_access_token();
  }
}

}  // namespace mesh::server_link
