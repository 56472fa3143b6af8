// A visitor without an account asks over the interface: only for what a visit needs.
#include "tests/support/api_world.hpp"

#include <set>

namespace mesh::api {
namespace {

using testing_support::api_world;

struct visit {
  visit() {
    const auto made = api.send("POST", "/api/rooms/" + room + "/invitations", R"({"role":"guest"})", owner);
    const std::string code(made.body.at("invitation").at("code").as_string());
    auto knocking =
        page("POST", "/api/auth/guest", R"({"name":"Paul","invitation":")" + code + "\"}", std::string());
    const auto asked = api.send(std::move(knocking));
    EXPECT_EQ(asked.status, 201U) << asked.text;
    const auto set = asked.headers.find("Set-Cookie");
    cookie = std::string(set.value_or("")).substr(0, std::string(set.value_or("")).find(';'));
    id = std::string(asked.body.at("user").at("id").as_string());
  }
  static net::http_request page(std::string method, std::string target, std::string body,
                                const std::string& cookie) {
    auto r = api_world::request(std::move(method), std::move(target), std::move(body));
    r.headers.add("Origin", "http://localhost:8000");
    r.headers.add("X-Mesh", "1");
    r.headers.add("Content-Type", "application/json");
    if (!cookie.empty()) r.headers.add("Cookie", cookie);
    return r;
  }
  testing_support::answer ask(std::string method, std::string target, std::string body = {}) {
    return api.send(page(std::move(method), std::move(target), std::move(body), cookie));
  }

  api_world api;
  std::string owner = api.sign_up("ana");
  std::string room = api.make_room(owner);
  std::string cookie;
  std::string id;
};

TEST(guest_routes, a_visitor_is_refused_everything_but_what_a_visit_needs) {
  visit v;
  std::set<std::string> open;
  for (const auto& r : v.api.router.routes()) {
    if (r.who != access::signed_in) continue;
    const std::string method(r.method);
    auto path = std::string(r.pattern);
    for (auto at = path.find('{'); at != std::string::npos; at = path.find('{'))
      path.replace(at, path.find('}') - at + 1, "x");
    if (method + path == "POST/api/auth/logout") continue;  // would end the visit
    const auto a = v.ask(method, path, method == "GET" || method == "DELETE" ? "" : "{}");
    if (a.text.find("guests without an account") == std::string::npos) open.insert(method + " " + path);
  }
  EXPECT_EQ(open, (std::set<std::string>{
                      "GET /api/account", "GET /api/devices", "GET /api/rooms", "GET /api/rooms/x",
                      "GET /api/rooms/x/grid", "GET /api/rooms/x/messages", "POST /api/devices",
                      "POST /api/p2p/sessions", "POST /api/rooms/x/leave", "POST /api/rooms/x/messages"}));
}

TEST(guest_routes, let_in_the_visitor_talks_and_signing_out_ends_the_visit) {
  visit v;
  EXPECT_EQ(v.ask("GET", "/api/rooms/" + v.room).status, 404U);
  EXPECT_EQ(v.api.send("POST", "/api/rooms/" + v.room + "/waiting/" + v.id, "{}", v.owner).status, 200U);
  EXPECT_EQ(v.ask("POST", "/api/rooms/" + v.room + "/messages", R"({"text":"hello","client_id":"1"})").status,
            201U);
  EXPECT_EQ(v.ask("POST", "/api/auth/logout", "{}").status, 204U);
  EXPECT_EQ(v.ask("GET", "/api/account").status, 401U);
  const auto room = v.api.send("GET", "/api/rooms/" + v.room, {}, v.owner);
  EXPECT_EQ(room.body.at("room").at("members").as_array().size(), 1U);
}

}  // namespace
}  // namespace mesh::api
