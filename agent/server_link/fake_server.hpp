// A Mesh server as small as the tests of this folder need it: sign-in, tokens, one WebSocket.
#pragma once
#include "core/base/bytes.hpp"
#include "core/crypto/sign.hpp"
#include "core/io/channel.hpp"
#include "core/io/loop.hpp"
#include "core/net/http_server.hpp"
#include "core/wire/payloads.hpp"
#include "core/wire/rest_bodies.hpp"

#include <map>
#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>

namespace mesh::server_link::testing {

class fake_server {
 public:
  explicit fake_server(io::loop& loop) : events(loop.get_executor(), 64), loop_(loop) { start(0); }

  std::string url() const { return fmt::format("http://127.0.0.1:{}", port_); }
  // As after a crash and a restart on the same port.
  void stop() { server_.reset(); }
  void start_again() { start(port_); }

  std::string signing_key = "key-one";
  std::set<std::string> valid_access;  // tokens that are accepted now
  std::string refresh_token;           // the one that may be used next
  int refreshes = 0;
  std::map<std::string, wire::device_request> devices;  // registered with a proof that held
  std::vector<wire::event> to_send;                     // after each welcome
  io::channel<wire::event> events;                      // what clients sent

 private:
  void start(std::uint16_t port) {
    net::http_server_options options;
    options.hosts = {"127.0.0.1"};
    options.port = port;
    server_ = std::make_unique<net::http_server>(
        loop_.get_executor(), options, [this](net::http_request r) { return answer(std::move(r)); },
        [this](net::http_request r) { return upgrade(std::move(r)); });
    if (const auto listening = server_->listen(); !listening) std::abort();
    port_ = server_->port();
  }

  wire::tokens fresh_tokens() {
    wire::tokens t;
    const auto number = ++issued_;
    t.access_token = fmt::format("access-{}", number);
    t.token_type = "bearer";
    t.expires_in = 900;
    t.refresh_token = refresh_token = fmt::format("refresh-{}", number);
    t.user = {user_id("usr_1"), "ana", "2026-01-01T00:00:00.000Z", true};
    valid_access.insert(*t.access_token);
    return t;
  }

  static bool proves(const std::string& spki, std::string_view text, const std::string& signature) {
    const auto der = from_base64url(spki);
    const auto key = der ? crypto::public_key::from_spki(*der) : fail(errc::field_invalid);
    const auto proof = from_base64url(signature);
    return key && proof && key->verify(as_bytes(text), *proof);
  }

  io::task<net::http_response> answer(net::http_request r) {
    const auto bearer = r.headers.find("Authorization").value_or("");
    const bool known = bearer.starts_with("Bearer ") && valid_access.contains(std::string(bearer.substr(7)));
    if (r.path == "/api/server")
      co_return json(
          200, wire::server_answer{"Mesh", "1", "open", "2026-01-01T00:00:00.000Z", {{"kid1", signing_key}}});
    if (r.path == "/api/auth/challenge") co_return json(200, wire::challenge_answer{"nonce", 120});
    if (r.path == "/api/auth/login") {
      const auto body = wire::parse<wire::login_request>(r.body);
      if (!body || body->password != "right")
        co_return net::http_response::failure(401, "invalid_credentials", "no");
      co_return json(200, fresh_tokens());
    }
    if (r.path == "/api/auth/refresh") co_return refresh(r);
    if (!known) co_return net::http_response::failure(401, "token_expired", "expired");
    if (r.path == "/api/account") co_return json(200, wire::user_answer{fresh_tokens().user});
    if (r.path == "/api/devices" && r.method == "POST") co_return register_device(r);
    if (r.path == "/api/devices") co_return json(200, wire::device_list{});
    if (r.path == "/api/auth/logout") co_return net::http_response::empty();
    co_return net::http_response::failure(404, "not_found", "no");
  }

  net::http_response refresh(const net::http_request& r) {
    ++refreshes;
    const auto body = wire::parse<wire::refresh_request>(r.body);
    if (!body || body->refresh_token != refresh_token)
      return net::http_response::failure(401, "refresh_reused", "used before");
    if (!body->signature || devices.empty() ||
        !proves(devices.begin()->second.public_key, "mesh-refresh/1\n" + body->refresh_token,
                *body->signature))
      return net::http_response::failure(401, "device_proof_required", "no proof");
    return json(200, fresh_tokens());
  }

  net::http_response register_device(const net::http_request& r) {
    const auto body = wire::parse<wire::device_request>(r.body);
    if (!body ||
        !proves(body->public_key, "mesh-device/1\nnonce\nusr_1\n" + body->device_id.str(), body->signature))
      return net::http_response::failure(401, "device_proof_invalid", "wrong");
    devices.insert_or_assign(body->device_id.str(), *body);
    const auto t = fresh_tokens();
    wire::device_answer a;
    a.device.device_id = body->device_id;
    a.access_token = t.access_token;
    a.expires_in = t.expires_in;
    a.refresh_token = t.refresh_token;
    return json(201, a);
  }

  io::task<net::ws_decision> upgrade(net::http_request r) {
    net::ws_decision decision;
    const auto bearer = r.headers.find("Authorization").value_or("");
    if (!bearer.starts_with("Bearer ") || !valid_access.contains(std::string(bearer.substr(7)))) {
      decision.refusal = net::http_response::failure(401, "token_expired", "expired");
      co_return decision;
    }
    decision.serve = [this](std::unique_ptr<net::ws_channel> channel) { return serve(std::move(channel)); };
    co_return decision;
  }

  io::task<> serve(std::unique_ptr<net::ws_channel> channel) {
    while (auto text = co_await channel->receive()) {
      auto e = wire::parse_event(*text);
      if (!e) co_return;
      if (e->type == "system.hello") {
        wire::system_welcome w;
        w.user = {user_id("usr_1"), "ana", "2026-01-01T00:00:00.000Z", true};
        w.server = {"Mesh", "1", format_rfc3339(wall_now() + std::chrono::hours(1)), {{"kid1", signing_key}}};
        w.seq = 10;
        wire::event welcome;
        welcome.type = "system.welcome";
        welcome.id = "evt_w";
        welcome.payload = wire::make_payload(w);
        channel->send(wire::render_event(welcome));
        for (const auto& next : std::exchange(to_send, {})) channel->send(wire::render_event(next));
      }
      if (e->type == "test.hang_up") co_return;
      events.try_send(std::move(*e));
    }
  }

  template <class T>
  static net::http_response json(unsigned status, const T& body) {
    return net::http_response::json(status, wire::render(body));
  }

  io::loop& loop_;
  std::unique_ptr<net::http_server> server_;
  std::uint16_t port_ = 0;
  int issued_ = 0;
};

// Credentials in memory; counts what is saved.
class memory_store final : public credential_store {
 public:
  result<std::optional<credentials>> load() override {
    if (!kept) return std::nullopt;
    return std::optional(kept->clone());
  }
  result<void> save(const credentials& c) override {
    if (broken) return fail(errc::disk_full, "no space");
    kept = c.clone();
    return {};
  }
  result<void> clear() override {
    kept.reset();
    return {};
  }

  std::optional<credentials> kept;
  bool broken = false;
};

}  // namespace mesh::server_link::testing
