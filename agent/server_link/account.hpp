// This machine's account at the server: signing in and out, access tokens that renew themselves, REST calls.
#pragma once
#include "agent/server_link/credentials.hpp"
#include "core/base/clock.hpp"
#include "core/crypto/sign.hpp"
#include "core/io/condition.hpp"
#include "core/io/task.hpp"
#include "core/net/http_client.hpp"
#include "core/wire/rest_bodies.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace mesh::server_link {

// Who this machine is, whoever is signed in on it.
struct machine {
  std::string device_id;
  std::string name;  // shown to people: the host name
  const crypto::signing_key* key = nullptr;
  std::string public_key() const;  // base64url SubjectPublicKeyInfo
};

// One thread. store, http and the machine's key outlive it.
class account {
 public:
  // server_url: where to sign in unless the call names another. server_fixed: the person configured that
  // address, so credentials of another server do not apply. pasted_token: bearer token of the configuration;
  // wins over stored credentials, is not refreshed.
  account(const io::executor& on, net::http_client& http, credential_store& store, machine self,
          std::string server_url, bool server_fixed, secret pasted_token);

  // Reads stored credentials. Errors: state_unreadable.
  result<void> load();

  bool signed_in() const;
  const std::string& server_url() const { return server_url_; }
  const machine& self() const { return self_; }
  // Empty before the first sign-in.
  const std::string& username() const { return stored_.username; }
  // The server's word for who is signed in: another name of the same user is kept from now on.
  void learn(const wire::user_info& user);
  const std::string& user_id() const { return stored_.user_id; }
  const std::vector<wire::signing_key_info>& pinned_keys() const { return stored_.signing_keys; }
  bool uses_pasted_token() const { return !pasted_token_.empty(); }

  // -- signing in. Each learns and pins the server's signing keys, registers this device and stores the
  // result; errors leave what was there. server: another address than server_url(), empty for that one.
  io::task<result<void>> sign_in_with_password(std::string server, std::string username, secret password);
  // RFC 8628: show() gets what a person must see, then the server is asked until somebody confirmed, or
  // wanted() says that nobody waits any more (canceled).
  io::task<result<void>> sign_in_with_code(std::string server,
                                           std::function<void(const wire::device_code_answer&)> show,
                                           std::function<bool()> wanted);
  io::task<result<void>> enroll(std::string server, std::string code);
  // Ends the login at the server when that can be reached, and forgets it here.
  io::task<result<void>> sign_out();
  // Registers the device key with a pasted token, once per process; nothing otherwise.
  io::task<result<void>> ensure_registered();
  // Remembers the server's keys when none are pinned.
  result<void> pin(const std::vector<wire::signing_key_info>& keys);
  // The server said that it does not know us any more.
  void forget_access_token() { access_token_ = secret(); }

  // A token that is valid for 30 s at least. Errors: not_logged_in, auth_token_expired, server_unreachable,
  // and what the server says about the refresh token.
  io::task<result<std::string>> access_token();

  // -- REST with our token, refreshed once after a 401. path: "/api/devices".
  io::task<result<wire::json_value>> call(std::string method, std::string path,
                                          std::optional<wire::json_value> body = std::nullopt);
  template <class T>
  io::task<result<T>> get(std::string path) {
    auto answer = co_await call("GET", std::move(path));
    if (!answer) co_return pass(answer);
    co_return understand<T>(*answer);
  }
  template <class T, class B>
  io::task<result<T>> post(std::string path, const B& body) {
    auto answer = co_await call("POST", std::move(path), wire::to_json(body));
    if (!answer) co_return pass(answer);
    co_return understand<T>(*answer);
  }

  // Called after every sign-in and sign-out.
  void on_change(std::function<void()> call) { changed_ = std::move(call); }

 private:
  template <class T>
  static result<T> understand(const wire::json_value& from) {
    auto value = wire::from_json<T>(from);
    if (!value) return fail(errc::server_error, "an answer that is not understood: " + value.error().detail);
    return value;
  }
  template <class T>
  io::task<result<T>> ask(std::string server, std::string path, wire::json_value body,
                          std::string token = {});
  io::task<result<wire::server_answer>> ask_server(std::string server);
  io::task<result<wire::json_value>> send(std::string server, std::string method, std::string path,
                                          std::optional<wire::json_value> body, std::string token);
  io::task<result<wire::device_answer>> register_device(std::string server, std::string user_id,
                                                        std::string token);
  result<void> adopt(std::string server, const wire::server_answer& keys, const wire::user_info& user,
                     std::optional<std::string>& access, std::optional<std::string>& refresh,
                     std::optional<std::int64_t> expires_in);
  io::task<result<void>> refresh_once();

  net::http_client& http_;
  credential_store& store_;
  machine self_;
  std::string server_url_;
  bool server_fixed_;
  secret pasted_token_;
  credentials stored_;
  secret access_token_;
  steady_time access_expires_{};
  bool refreshing_ = false;
  bool registered_ = false;
  io::condition refreshed_;
  std::function<void()> changed_;
};

}  // namespace mesh::server_link
