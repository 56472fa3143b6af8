#include "server/api/router.hpp"

#include "tests/support/api_world.hpp"

namespace mesh::api {
namespace {

using testing_support::api_world;

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
