// Pages: their cookie, their header, their origin; and the WebSocket upgrade.
#include "server/api/origin.hpp"

#include "tests/support/api_world.hpp"

namespace mesh::api {
namespace {

using testing_support::answer;
using testing_support::api_world;

constexpr const char* ana_login = R"({"username":"ana","password":"test123"})";

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

}  // namespace
}  // namespace mesh::api
