// The REST interface without network or threads: requests go to the router, transactions to a real database,
// passwords to real Argon2id, events into a list.
#pragma once
#include "core/wire/payloads.hpp"
#include "server/api/authenticate.hpp"
#include "server/api/router.hpp"
#include "server/auth/password.hpp"
#include "tests/support/server_world.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

namespace mesh::testing_support {

class inline_backend final : public api::backend {
 public:
  explicit inline_backend(server_world& world) : world_(world) {}

  io::task<result<void>> run_read(work job) override { co_return world_.database.read(std::move(job)); }
  io::task<result<void>> run_write(work job) override { co_return world_.database.write(std::move(job)); }
  io::task<result<std::string>> hash_password(secret password) override {
    ++hashes;
    co_return auth::hash_password(password.reveal());
  }
  io::task<result<bool>> verify_password(secret password, std::string hash) override {
    ++verifications;
    co_return auth::verify_password(password.reveal(), hash);
  }
  void deliver(models::effects effects) override {
    for (auto& out : effects.events) events.push_back(std::move(out));
    for (auto& cut : effects.disconnects) disconnects.push_back(std::move(cut));
    for (auto& told : effects.activities) activities.push_back(std::move(told));
  }
  io::task<bool> deliver_and_await_ack(device_id device, wire::event event) override {
    asked.emplace_back(device, std::move(event));
    if (while_waiting) while_waiting();
    co_return acknowledges;
  }
  result<relay_places> open_relay(const session_id&, const user_id&, wall_time) override {
    if (relay_refusal) return fail(*relay_refusal, "as the test wants it");
    return relay_places{"ticket-i", "ticket-t", world_.now + std::chrono::seconds(60)};
  }
  std::shared_ptr<const models::presence> presence() override {
    return std::make_shared<const models::presence>(world_.presence);
  }
  wall_time now() override { return world_.now; }
  auth::random_source& random() override { return world_.random; }
  const auth::keys& keys() override { return world_.keys; }
  const services::settings& settings() override { return world_.settings; }
  std::string metrics() override { return "mesh_up 1\n"; }
  void count_login(bool) override {}
  void count_session(const std::string&) override { ++sessions; }

  int hashes = 0;
  int verifications = 0;
  int sessions = 0;
  bool acknowledges = true;
  std::optional<errc> relay_refusal;
  std::function<void()> while_waiting;
  std::vector<models::outgoing> events;
  std::vector<models::disconnect> disconnects;
  std::vector<models::session_activity> activities;
  std::vector<std::pair<device_id, wire::event>> asked;

 private:
  server_world& world_;
};

struct answer {
  unsigned status = 0;
  net::http_headers headers;
  wire::json_value body;  // null when it is empty or no JSON
  std::string text;

  std::string at(std::string_view key) const {
    const auto* object = body.if_object();
    const auto* value = object == nullptr ? nullptr : object->if_contains(key);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : "";
  }
  std::string error() const { return error_part("code"); }
  std::string field() const { return error_part("field"); }
  std::string error_part(std::string_view key) const {
    const auto* object = body.if_object();
    const auto* inner = object == nullptr ? nullptr : object->if_contains("error");
    if (inner == nullptr || !inner->is_object()) return "";
    const auto* value = inner->get_object().if_contains(key);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : "";
  }
};

class api_world {
 public:
  api_world() : backend(world), router(backend, [this] { return steady; }) {}

  template <class T>
  T run(io::task<T> task) {
    boost::asio::io_context loop;
    std::optional<T> out;
    boost::asio::co_spawn(
        loop, [&]() -> io::task<void> { out.emplace(co_await std::move(task)); }, boost::asio::detached);
    loop.run();
    return std::move(*out);
  }

  static net::http_request request(std::string method, std::string target, std::string body = {},
                                   const std::string& token = {}) {
    net::http_request r;
    r.method = std::move(method);
    const auto question = target.find('?');
    r.path = target.substr(0, question);
    if (question != std::string::npos) r.query = target.substr(question + 1);
    r.body = std::move(body);
    r.remote_address = "192.0.2.1";
    r.headers.add("Host", "localhost:8000");
    r.headers.add("User-Agent", "curl/8");
    if (!token.empty()) r.headers.add("Authorization", "Bearer " + token);
    return r;
  }

  answer send(net::http_request r) {
    auto response = run(router.handle(std::move(r)));
    answer a{response.status, std::move(response.headers), nullptr, std::move(response.body)};
    if (auto value = wire::parse_json(a.text, 1 << 22, 64)) a.body = std::move(*value);
    return a;
  }
  answer send(std::string method, std::string target, std::string body = {}, const std::string& token = {}) {
    return send(request(std::move(method), std::move(target), std::move(body), token));
  }

  // A person who registered over the interface; the access token.
  std::string sign_up(const std::string& name, const std::string& password = "test123") {
    const auto a = send("POST", "/api/auth/register",
                        R"({"username":")" + name + R"(","password":")" + password + "\"}");
    EXPECT_EQ(a.status, 201U) << a.text;
    return a.at("access_token");
  }
  std::string make_room(const std::string& token, const std::string& name = "Atelier") {
    const auto a = send("POST", "/api/rooms", R"({"name":")" + name + "\"}", token);
    EXPECT_EQ(a.status, 201U) << a.text;
    return std::string(a.body.at("room").at("id").as_string());
  }
  models::caller caller(const std::string& token) {
    auto r = request("GET", "/", {}, token);
    return run(api::authenticate(backend, r)).value();
  }

  server_world world;
  inline_backend backend;
  steady_time steady = steady_time() + std::chrono::hours(1);
  api::router router;
};

}  // namespace mesh::testing_support
