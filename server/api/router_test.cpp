#include "server/api/router.hpp"

#include "server/api/p2p_request.hpp"
#include "tests/support/api_world.hpp"

namespace mesh::api {
namespace {

using testing_support::answer;
using testing_support::api_world;
using testing_support::server_world;

constexpr const char* ana_login = R"({"username":"ana","password":"test123"})";

TEST(router, seed_flow_register_login_and_use_the_token) {
  api_world api;
  const auto made = api.send("POST", "/api/auth/register", R"({"username":"test","password":"test123"})");
  EXPECT_EQ(made.status, 201U);
  EXPECT_EQ(made.at("token_type"), "bearer");
  EXPECT_EQ(made.body.at("expires_in").as_int64(), 900);
  EXPECT_EQ(made.headers.find("Cache-Control"), "no-store");
  EXPECT_EQ(made.headers.count("Set-Cookie"), 0U);
  const auto in = api.send("POST", "/api/auth/login", R"({"username":"test","password":"test123"})");
  EXPECT_EQ(in.status, 200U);
  EXPECT_EQ(
      api.send("GET", "/api/account", "", in.at("access_token")).body.at("user").at("username").as_string(),
      "test");
  const auto refreshed =
      api.send("POST", "/api/auth/refresh", R"({"refresh_token":")" + in.at("refresh_token") + "\"}");
  EXPECT_EQ(refreshed.status, 200U);
  EXPECT_EQ(
      api.send("POST", "/api/auth/refresh", R"({"refresh_token":")" + in.at("refresh_token") + "\"}").error(),
      "refresh_reused");
  EXPECT_EQ(api.send("GET", "/api/account", "", refreshed.at("access_token")).status, 401U);
  EXPECT_EQ(api.backend.disconnects.size(), 1U);
}

TEST(router, unknown_accounts_and_wrong_passwords_cannot_be_told_apart) {
  api_world api;
  api.sign_up("ana");
  const auto wrong = api.send("POST", "/api/auth/login", R"({"username":"ana","password":"wrong"})");
  const auto before = api.backend.verifications;
  const auto unknown = api.send("POST", "/api/auth/login", R"({"username":"bob","password":"wrong"})");
  EXPECT_EQ(wrong.status, 401U);
  EXPECT_EQ(wrong.text, unknown.text);
  EXPECT_EQ(api.backend.verifications, before + 1);  // the unknown one was hashed too
}

TEST(router, nothing_is_hashed_for_a_registration_that_cannot_succeed) {
  api_world api;
  api.sign_up("ana");
  EXPECT_EQ(api.send("POST", "/api/auth/register", R"({"username":"ana","password":"x"})").error(),
            "username_taken");
  EXPECT_EQ(api.send("POST", "/api/auth/register", R"({"username":"a b","password":"x"})").field(),
            "username");
  api.world.settings.loopback_only = false;
  EXPECT_EQ(api.send("POST", "/api/auth/register", R"({"username":"bob","password":"long enough"})").status,
            403U);
  EXPECT_EQ(api.send("POST", "/api/auth/register", R"({"username":"bob","password":"short"})").error(),
            "password_too_short");
  EXPECT_EQ(api.backend.hashes, 1);
}

TEST(router, guessing_is_slowed_down_by_account_and_by_address) {
  api_world api;
  api.sign_up("ana");
  const auto guess = [&](const std::string& name, const std::string& ip) {
    auto r =
        api_world::request("POST", "/api/auth/login", R"({"username":")" + name + R"(","password":"wrong"})");
    r.remote_address = ip;
    return api.send(std::move(r));
  };
  int refused_at = 0;
  for (int i = 1; i <= 15 && refused_at == 0; ++i)
    if (guess("ana", "198.51.100." + std::to_string(i)).status == 429) refused_at = i;
  EXPECT_EQ(refused_at, 11);  // from another address each time
  const auto refused = guess("ANA", "203.0.113.9");
  EXPECT_EQ(refused.error(), "rate_limited");
  EXPECT_EQ(refused.headers.find("Retry-After"), "6");
  api.steady += std::chrono::seconds(6);
  EXPECT_EQ(guess("ana", "203.0.113.9").status, 401U);

  refused_at = 0;
  for (int i = 1; i <= 40 && refused_at == 0; ++i)
    if (guess("user" + std::to_string(i), "198.51.100.200").status == 429) refused_at = i;
  EXPECT_EQ(refused_at, 31);
}

TEST(router, signing_in_rightly_never_locks_out) {
  api_world api;
  api.sign_up("ana");
  for (int i = 0; i < 25; ++i) {
    auto r = api_world::request("POST", "/api/auth/login", ana_login);
    r.remote_address = "198.51.100." + std::to_string(i);
    EXPECT_EQ(api.send(std::move(r)).status, 200U) << i;
  }
}

TEST(router, writing_has_a_rate) {
  api_world api;
  const auto ana = api.sign_up("ana");
  const auto room = api.make_room(ana);
  int refused = 0;
  for (int i = 0; i < 120; ++i) {
    const auto body = R"({"text":"hi","client_id":")" + std::to_string(i) + "\"}";
    refused += api.send("POST", "/api/rooms/" + room + "/messages", body, ana).status == 429 ? 1 : 0;
  }
  EXPECT_EQ(refused, 20);
}

// -- pages

class page : public testing::Test {
 protected:
  page() {
    api_.sign_up("ana");
    auto r = from_page("POST", "/api/auth/login", ana_login);
    const auto in = api_.send(std::move(r));
    EXPECT_EQ(in.status, 200U) << in.text;
    EXPECT_TRUE(in.body.as_object().size() == 1 && in.body.as_object().contains("user")) << in.text;
    set_cookie_ = std::string(in.headers.find("Set-Cookie").value_or(""));
    cookie_ = set_cookie_.substr(0, set_cookie_.find(';'));
  }
  static net::http_request from_page(std::string method, std::string target, std::string body = {}) {
    auto r = api_world::request(std::move(method), std::move(target), std::move(body));
    r.headers.add("Origin", "http://localhost:8000");
    return r;
  }
  answer send_with_cookie(net::http_request r) {
    r.headers.add("Cookie", "theme=dark; " + cookie_);
    return api_.send(std::move(r));
  }

  api_world api_;
  std::string set_cookie_;
  std::string cookie_;
};

TEST_F(page, gets_a_cookie_that_scripts_and_other_sites_cannot_use) {
  EXPECT_TRUE(set_cookie_.starts_with("__Host-mesh="));
  for (const auto* attribute : {"; Path=/", "; Secure", "; HttpOnly", "; SameSite=Strict"})
    EXPECT_NE(set_cookie_.find(attribute), std::string::npos) << attribute;
  EXPECT_EQ(set_cookie_.find("Domain"), std::string::npos);
  EXPECT_EQ(send_with_cookie(api_world::request("GET", "/api/account")).status, 200U);
}

TEST_F(page, writes_only_with_its_header_and_origin) {
  auto write = from_page("POST", "/api/rooms", R"({"name":"A"})");
  EXPECT_EQ(send_with_cookie(write).error(), "header_required");
  write.headers.add("X-Mesh", "1");
  EXPECT_EQ(send_with_cookie(write).status, 201U);
  auto without_origin = api_world::request("POST", "/api/rooms", R"({"name":"A"})");
  without_origin.headers.add("X-Mesh", "1");
  EXPECT_EQ(send_with_cookie(without_origin).error(), "origin_refused");
}

TEST_F(page, logging_out_clears_the_cookie) {
  auto r = from_page("POST", "/api/auth/logout");
  r.headers.add("X-Mesh", "1");
  const auto out = send_with_cookie(std::move(r));
  EXPECT_EQ(out.status, 204U);
  EXPECT_NE(out.headers.find("Set-Cookie")->find("Max-Age=0"), std::string::npos);
  EXPECT_EQ(send_with_cookie(api_world::request("GET", "/api/account")).status, 401U);
}

TEST_F(page, of_another_origin_gets_nothing) {
  for (const std::string origin :
       {"null", "http://evil.example", "http://localhost", "http://localhost:8001", "http://localhost:80000",
        "http://localhost:8000.evil.example", "http://evil.localhost:8000", "https://localhost:8001",
        "ws://localhost:8000", "http://user@localhost:8000", "http://localhost:8000/",
        "http://127.0.0.1:8000", ""}) {
    auto r = api_world::request("GET", "/api/account");
    r.headers.add("Origin", origin);
    EXPECT_EQ(send_with_cookie(std::move(r)).error(), "origin_refused") << origin;
  }
}

TEST_F(page, of_a_name_that_was_bound_to_this_machine_gets_nothing) {
  const auto get = [&](const std::string& host) {
    net::http_request r;
    r.method = "GET";
    r.path = "/api/server";
    r.remote_address = "127.0.0.1";
    r.headers.add("Host", host);
    return api_.send(std::move(r)).status;
  };
  EXPECT_EQ(get("localhost:8000"), 200U);
  EXPECT_EQ(get("127.0.0.1:8000"), 200U);
  EXPECT_EQ(get("[::1]:8000"), 200U);
  EXPECT_EQ(get("evil.example:8000"), 403U);
  EXPECT_EQ(get("localhost.evil.example"), 403U);
  EXPECT_EQ(get(""), 403U);
  api_.world.settings.loopback_only = false;
  EXPECT_EQ(get("mesh.example.org"), 200U);
}

TEST_F(page, behind_a_proxy_with_tls_is_recognised) {
  api_.world.settings.loopback_only = false;
  api_.world.settings.public_url = "https://mesh.example.org";
  auto r = api_world::request("GET", "/api/account");
  r.headers.set("Host", "mesh.example.org");
  r.headers.add("Origin", "https://mesh.example.org");
  EXPECT_EQ(send_with_cookie(r).status, 200U);
  r.headers.set("Origin", "https://mesh.example.com");
  EXPECT_EQ(send_with_cookie(r).status, 403U);
}

TEST_F(page, connects_a_socket_only_from_its_own_origin) {
  const auto upgrade = [&](const std::string& origin, bool cookie) {
    auto r = api_world::request("GET", "/ws");
    if (!origin.empty()) r.headers.add("Origin", origin);
    if (cookie) r.headers.add("Cookie", cookie_);
    const auto who = api_.run(authenticate_upgrade(api_.backend, r));
    return who ? errc::internal : who.error().code;
  };
  EXPECT_EQ(upgrade("http://localhost:8000", true), errc::internal);
  EXPECT_EQ(upgrade("http://evil.example", true), errc::origin_refused);
  EXPECT_EQ(upgrade("null", true), errc::origin_refused);
  EXPECT_EQ(upgrade("", true), errc::origin_refused);
  EXPECT_EQ(upgrade("http://localhost:8000", false), errc::unauthorized);
}

TEST(upgrade, takes_a_bearer_or_a_token_in_the_query_without_an_origin) {
  api_world api;
  const auto token = api.sign_up("ana");
  auto by_query = api_world::request("GET", "/ws?token=" + token);
  EXPECT_EQ(api.run(authenticate_upgrade(api.backend, by_query))->username, "ana");
  auto by_header = api_world::request("GET", "/ws", {}, token);
  EXPECT_EQ(api.run(authenticate_upgrade(api.backend, by_header))->username, "ana");
  by_query.headers.add("Origin", "http://evil.example");
  EXPECT_EQ(api.run(authenticate_upgrade(api.backend, by_query)).error().code, errc::origin_refused);
  auto wrong = api_world::request("GET", "/ws?token=x");
  EXPECT_EQ(api.run(authenticate_upgrade(api.backend, wrong)).error().code, errc::unauthorized);
  auto rest = api_world::request("GET", "/api/account?token=" + token);
  EXPECT_EQ(api.send(std::move(rest)).status, 401U);  // the query counts on the socket only
}

// -- sessions between devices

class p2p_route : public testing::Test {
 protected:
  p2p_route() {
    const auto ana = api_.caller(ana_);
    const auto ben = api_.caller(ben_);
    api_.world.device(ana, "laptop");
    api_.world.device(ben, "desktop");
    api_.world.join(room_id(room_), ben);
    api_.world.connect(ben, "desktop");
  }
  answer open(const std::string& body = R"({"kind":"file","target_device_id":"desktop","ttl":120})") {
    return api_.send("POST", "/api/p2p/sessions", body, ana_);
  }
  std::size_t live() {
    return api_.send("GET", "/api/p2p/sessions", "", ana_).body.at("sessions").as_array().size();
  }

  api_world api_;
  std::string ana_ = api_.sign_up("ana");
  std::string ben_ = api_.sign_up("ben");
  std::string room_ = api_.make_room(ana_);
};

TEST_F(p2p_route, answers_after_the_target_acknowledged) {
  const auto a = open();
  ASSERT_EQ(a.status, 200U) << a.text;
  EXPECT_TRUE(a.at("session_id").starts_with("ses_"));
  EXPECT_EQ(a.at("expires_at").size(), std::string("2026-01-04T23:00:00Z").size());
  EXPECT_TRUE(a.body.at("endpoints").at("initiator").is_null());
  EXPECT_EQ(a.body.at("endpoints").at("target").at("port").as_int64(), 5000);
  ASSERT_EQ(api_.backend.asked.size(), 1U);
  EXPECT_EQ(api_.backend.asked[0].first, device_id("desktop"));
  const auto& told = api_.backend.events.back();
  EXPECT_EQ(told.event.type, "p2p.session.created");
  EXPECT_EQ(told.devices, std::vector{device_id("laptop")});
  EXPECT_EQ(live(), 1U);
}

TEST_F(p2p_route, a_target_that_does_not_answer_is_offline_and_the_session_is_gone) {
  api_.backend.acknowledges = false;
  const auto a = open();
  EXPECT_EQ(a.status, 409U);
  EXPECT_EQ(a.error(), "peer_offline");
  EXPECT_EQ(live(), 0U);
  EXPECT_EQ(api_.backend.sessions, 0);
  EXPECT_EQ(api_.backend.events.back().event.type, "p2p.session.revoked");
}

TEST_F(p2p_route, a_right_that_ended_while_waiting_gives_no_token) {
  const auto ana = api_.caller(ana_);
  const auto ben = api_.caller(ben_);
  api_.backend.while_waiting = [&] {
    EXPECT_TRUE(api_.world.change(
        [&](services::context& c) { return services::remove_other(c, ana, room_id(room_), ben.user); }));
  };
  const auto a = open();
  EXPECT_EQ(a.status, 409U);
  EXPECT_EQ(a.error(), "session_revoked");
  EXPECT_EQ(a.text.find("session_token"), std::string::npos);
}

TEST_F(p2p_route, refuses_with_the_status_of_the_contract) {
  const std::pair<const char*, unsigned> table[] = {
      {R"({"kind":"hologram","target_device_id":"desktop"})", 422},
      {R"({"kind":"file","target_device_id":"desktop","ttl":10})", 422},
      {R"({"kind":"file","target_device_id":"nowhere"})", 404},
      {R"({"kind":"file","target_device_id":"desktop","room_id":"rom_x"})", 403},
      {R"({"kind":"file","target_device_id":"laptop"})", 422},
  };
  for (const auto& [body, status] : table) EXPECT_EQ(open(body).status, status) << body;
}

TEST_F(p2p_route, over_the_socket_the_asker_is_answered_and_the_initiator_told) {
  auto event =
      wire::parse_event(
          R"({"type":"p2p.session.request","id":"r1","payload":{"kind":"file","target_device_id":"desktop"}})")
          .value();
  const auto page = api_.caller(ana_);
  auto reply = api_.run(request_session(api_.backend, page, event));
  ASSERT_TRUE(reply) << reply.error().detail;
  EXPECT_EQ(reply->type, "p2p.session.created");
  EXPECT_EQ(reply->reply_to, "r1");
  EXPECT_EQ(api_.backend.events.back().devices, std::vector{device_id("laptop")});
  const auto told = api_.backend.events.size();
  auto agent = page;
  agent.device = device_id("laptop");
  ASSERT_TRUE(api_.run(request_session(api_.backend, agent, event)));
  EXPECT_EQ(api_.backend.events.size(), told);  // the reply is its copy
  event.payload["kind"] = "hologram";
  EXPECT_EQ(api_.run(request_session(api_.backend, page, event)).error().field, "payload.kind");
}

// -- the rest

TEST(router, serves_its_own_paths_only) {
  for (const auto* path : {"/api", "/api/x", "/health", "/ready", "/metrics"})
    EXPECT_TRUE(router::serves(path)) << path;
  for (const auto* path : {"/", "/apix", "/index.html", "/health/x", "/ws"})
    EXPECT_FALSE(router::serves(path)) << path;
  api_world api;
  EXPECT_EQ(api.send("GET", "/api/nothing").status, 404U);
  EXPECT_EQ(api.send("GET", "/api/rooms/").status, 404U);
  EXPECT_EQ(api.send("HEAD", "/health").status, 200U);
}

TEST(router, metrics_are_for_this_machine_and_the_owner) {
  api_world api;
  const auto owner = api.sign_up("ana");
  const auto other = api.sign_up("ben");
  const auto get = [&](const std::string& ip, const std::string& token, const std::string& forwarded = {}) {
    auto r = api_world::request("GET", "/metrics", {}, token);
    r.remote_address = ip;
    if (!forwarded.empty()) r.headers.add("X-Forwarded-For", forwarded);
    return api.send(std::move(r)).status;
  };
  EXPECT_EQ(get("127.0.0.1", ""), 200U);
  EXPECT_EQ(get("::1", ""), 200U);
  EXPECT_EQ(get("127.0.0.1", "", "203.0.113.5"), 401U);  // a proxy speaks for somebody else
  EXPECT_EQ(get("192.0.2.1", ""), 401U);
  EXPECT_EQ(get("192.0.2.1", other), 403U);
  EXPECT_EQ(get("192.0.2.1", owner), 200U);
}

TEST(router, a_message_sent_twice_is_one) {
  api_world api;
  const auto ana = api.sign_up("ana");
  const auto path = "/api/rooms/" + api.make_room(ana) + "/messages";
  EXPECT_EQ(api.send("POST", path, R"({"text":"hi","client_id":"1"})", ana).status, 201U);
  EXPECT_EQ(api.send("POST", path, R"({"text":"hi","client_id":"1"})", ana).status, 200U);
  EXPECT_EQ(api.send("GET", path, "", ana).body.at("messages").as_array().size(), 1U);
  EXPECT_EQ(api.send("GET", path + "?limit=abc", "", ana).field(), "limit");
  EXPECT_EQ(api.send("GET", path + "?before=-1", "", ana).field(), "before");
}

TEST(router, passwords_are_changed_and_accounts_deleted_with_the_password_only) {
  api_world api;
  const auto ana = api.sign_up("ana");
  const auto change = [&](const std::string& body) {
    return api.send("POST", "/api/account/password", body, ana);
  };
  EXPECT_EQ(change(R"({"new_password":"other"})").field(), "current_password");
  EXPECT_EQ(change(R"({"new_password":"other","current_password":"wrong"})").status, 401U);
  EXPECT_EQ(change(R"({"new_password":"other","current_password":"test123"})").status, 204U);
  EXPECT_EQ(api.send("POST", "/api/auth/login", ana_login).status, 401U);
  EXPECT_EQ(api.send("POST", "/api/auth/login", R"({"username":"ana","password":"other"})").status, 200U);
  EXPECT_EQ(api.send("DELETE", "/api/account", R"({"password":"test123"})", ana).status, 401U);
  EXPECT_EQ(api.send("DELETE", "/api/account", R"({"password":"other"})", ana).status, 204U);
  EXPECT_EQ(api.send("GET", "/api/account", "", ana).status, 401U);
}

TEST(router, an_expired_token_is_told_from_a_wrong_one) {
  api_world api;
  const auto ana = api.sign_up("ana");
  EXPECT_EQ(api.send("GET", "/api/account", "", "nonsense").error(), "unauthorized");
  api.world.now += std::chrono::minutes(16);
  EXPECT_EQ(api.send("GET", "/api/account", "", ana).error(), "token_expired");
}

TEST(router, no_secret_reaches_the_log) {
  api_world api;
  testing::internal::CaptureStderr();
  const auto a = api.send("POST", "/api/auth/register", R"({"username":"ana","password":"canary-password"})");
  const auto in = api.send("POST", "/api/auth/login", R"({"username":"ana","password":"canary-password"})");
  api.send("POST", "/api/auth/login", R"({"username":"ana","password":"canary-passwort"})");
  api.send("GET", "/api/account?token=" + in.at("access_token"), "", "canary-token");
  const auto log = testing::internal::GetCapturedStderr();
  for (const std::string& canary : {std::string("canary"), a.at("access_token"), in.at("refresh_token")})
    EXPECT_EQ(log.find(canary), std::string::npos);
}

}  // namespace
}  // namespace mesh::api
