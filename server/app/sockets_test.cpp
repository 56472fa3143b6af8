#include "server/app/sockets.hpp"

#include "core/base/limits.hpp"
#include "server/app/testing.hpp"

namespace mesh::app {
namespace {

using testing::recorded_link;

class sockets_test : public testing::small_server {
 public:
  net::ws_decision decide(std::string path, std::string query, net::http_headers headers) {
    net::http_request request;
    request.method = "GET";
    request.path = std::move(path);
    request.query = std::move(query);
    request.headers = std::move(headers);
    request.headers.add("Host", "localhost:8000");
    request.remote_address = "127.0.0.1";
    return loop.run(doors->decide(std::move(request)));
  }
  static net::http_headers header(std::string name, std::string value) {
    net::http_headers headers;
    headers.add(std::move(name), std::move(value));
    return headers;
  }
};

TEST_F(sockets_test, a_token_opens_from_the_query_and_from_the_header) {
  const auto token = register_user("ana");
  EXPECT_TRUE(decide("/ws", "token=" + token, {}).serve);
  EXPECT_TRUE(decide("/ws", "", header("Authorization", "Bearer " + token)).serve);
}

TEST_F(sockets_test, whoever_must_not_come_in_is_refused_before_the_upgrade) {
  const auto token = register_user("ana");
  EXPECT_EQ(decide("/elsewhere", "token=" + token, {}).refusal.status, 404U);
  EXPECT_EQ(decide("/ws", "", {}).refusal.status, 401U);
  EXPECT_EQ(decide("/ws", "token=nonsense", {}).refusal.status, 401U);
  for (const std::string origin :
       {"http://evil.example", "http://localhost:8001", "null", "http://localhost:8000.evil"}) {
    auto headers = header("Origin", origin);
    headers.add("Authorization", "Bearer " + token);
    const auto decision = decide("/ws", "", std::move(headers));
    EXPECT_FALSE(decision.serve) << origin;
    EXPECT_EQ(decision.refusal.status, 403U) << origin;
    EXPECT_TRUE(decision.refusal.body.contains("origin_refused")) << decision.refusal.body;
  }
}

TEST_F(sockets_test, one_person_cannot_take_all_connections) {
  const auto token = register_user("ana");
  const auto account = wire::parse_json(call("GET", "/api/account", "", token).body);
  ws::identity who;
  who.caller.user = user_id(std::string(account->at("user").at("id").as_string()));
  std::vector<recorded_link> links(limits::ws_connections_per_user_max);
  for (auto& link : links) with->hub().hold(who, link);
  const auto decision = decide("/ws", "token=" + token, {});
  EXPECT_FALSE(decision.serve);
  EXPECT_EQ(decision.refusal.status, 429U);
}

TEST_F(sockets_test, a_greeting_covers_the_log_up_to_its_position) {
  const auto token = register_user("ana");
  const auto account = wire::parse_json(call("GET", "/api/account", "", token).body);
  ws::identity who;
  who.caller.user = user_id(std::string(account->at("user").at("id").as_string()));
  who.caller.username = "ana";
  who.remote_address = "127.0.0.1";
  EXPECT_EQ(call("POST", "/api/rooms", R"({"name":"Atelier"})", token).status, 201U);
  auto hello = wire::parse_event(
      R"({"type":"system.hello","id":"h","payload":{"device_id":"ana-pc","kind":"agent","quic_port":5000,"since":0}})");
  const auto greeting = loop.run(doors->greet(who, *hello));
  ASSERT_TRUE(greeting) << greeting.error().detail;
  EXPECT_EQ(greeting->who.caller.device, device_id("ana-pc"));
  EXPECT_EQ(greeting->who.kind, "agent");
  EXPECT_EQ(greeting->what.quic_port, 5000);
  ASSERT_FALSE(greeting->first.empty());
  EXPECT_EQ(greeting->first[0].type, "system.welcome");
  for (std::size_t i = 1; i < greeting->first.size(); ++i)
    EXPECT_LE(greeting->first[i].seq, greeting->covered);
}

TEST_F(sockets_test, presence_is_told_to_the_person_and_their_peers) {
  const auto token = register_user("ana");
  const auto account = wire::parse_json(call("GET", "/api/account", "", token).body);
  ws::identity who;
  who.caller.user = user_id(std::string(account->at("user").at("id").as_string()));
  who.caller.username = "ana";
  who.kind = "browser";
  recorded_link link;
  const auto id = with->hub().hold(who, link);
  with->hub().admit(id, who, {}, {}, 0);
  doors->came(who);
  loop.run(background.join());
  ASSERT_EQ(link.sent.size(), 1U);
  EXPECT_EQ(link.sent[0].type, "presence.changed");
  EXPECT_TRUE(link.sent[0].payload.at("online").as_bool());
}

}  // namespace
}  // namespace mesh::app
