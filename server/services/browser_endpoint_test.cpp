#include "server/services/browser_endpoint.hpp"

#include "server/services/p2p_sessions.hpp"
#include "server/services/realtime.hpp"
#include "tests/support/browser_key.hpp"
#include "tests/support/server_world.hpp"

namespace mesh::services {
namespace {

using models::caller;
using testing_support::browser_key;
using testing_support::server_world;

const std::string current(64, 'a');
const std::string next(64, 'b');

models::online_device agent_at(const std::string& seen, const std::vector<std::string>& hosts) {
  models::online_device agent;
  agent.quic_port = 5000;
  agent.remote_address = seen;
  for (const auto& host : hosts) agent.candidates.push_back({host, 5000, "host"});
  return agent;
}

TEST(browser_urls, are_few_and_the_most_plausible_come_first) {
  using urls = std::vector<std::string>;
  struct row {
    std::string name, page, seen;
    std::vector<std::string> hosts;
    urls expected;
  };
  const row table[] = {
      {"one machine",
       "127.0.0.1",
       "127.0.0.1",
       {"192.168.1.5", "127.0.0.1"},
       {"https://127.0.0.1:5000/mesh", "https://192.168.1.5:5000/mesh"}},
      {"one machine that said nothing of its addresses",
       "::1",
       "127.0.0.1",
       {},
       {"https://127.0.0.1:5000/mesh"}},
      {"loopback is of no use from elsewhere", "192.168.1.9", "127.0.0.1", {"127.0.0.1", "::1"}, {}},
      {"the page's own link before other private networks",
       "192.168.1.9",
       "192.168.1.5",
       {"10.8.0.3", "192.168.1.5"},
       {"https://192.168.1.5:5000/mesh", "https://10.8.0.3:5000/mesh"}},
      {"behind one address translation",
       "203.0.113.7",
       "203.0.113.7",
       {"2001:db8::5", "192.168.1.5"},
       {"https://203.0.113.7:5000/mesh", "https://192.168.1.5:5000/mesh", "https://[2001:db8::5]:5000/mesh"}},
      {"from afar",
       "198.51.100.1",
       "203.0.113.7",
       {"192.168.1.5", "2001:db8::5"},
       {"https://[2001:db8::5]:5000/mesh", "https://203.0.113.7:5000/mesh", "https://192.168.1.5:5000/mesh"}},
      {"never more than three",
       "192.168.1.9",
       "192.168.1.5",
       {"fe80::1", "192.168.1.5", "10.0.0.1", "10.0.0.2", "10.0.0.3"},
       {"https://192.168.1.5:5000/mesh", "https://10.0.0.1:5000/mesh", "https://10.0.0.2:5000/mesh"}},
      {"a page nobody knows the address of",
       "",
       "192.0.2.9",
       {"192.168.1.5"},
       {"https://192.0.2.9:5000/mesh", "https://192.168.1.5:5000/mesh"}},
  };
  for (const auto& [name, page, seen, hosts, expected] : table)
    EXPECT_EQ(browser_urls(agent_at(seen, hosts), page), expected) << name;
}

class browser_endpoint_test : public testing::Test {
 protected:
  browser_endpoint_test() {
    world_.join(room_, ben_);
    world_.browser(ana_, "ana-web", browser_key().public_key());
    page_.device = device_id("ana-web");
    world_.connect(ben_, "desktop", 6000);
    world_.presence.devices[device_id("desktop")].webtransport =
        wire::sign_webtransport({current, next}, key_);
  }
  auto open(const caller& who) {
    wire::p2p_session_request request;
    request.kind = "file";
    request.target_device_id = device_id("desktop");
    return world_.change([&](context& c) { return open_session(c, who, request); });
  }
  static std::optional<wire::webtransport_endpoint> endpoint_in(const wire::json_value& endpoints) {
    return wire::from_json<wire::endpoints_info>(endpoints)->target->webtransport;
  }
  static std::string hello_with(const wire::webtransport_info& said, const std::string& more = "") {
    return R"({"type":"system.hello","payload":{"device_id":"desktop",)" + more + R"("webtransport":)" +
           wire::render(said) + "}}";
  }
  auto say_hello(const std::string& text) {
    return world_.read([&](context& c) { return hello(c, ben_, wire::parse_event(text).value()); });
  }

  server_world world_;
  caller ana_ = world_.person("ana");
  caller ben_ = world_.person("ben");
  crypto::signing_key key_ = world_.device(ben_, "desktop");
  caller page_ = ana_;
  room_id room_ = world_.room(ana_);
};

TEST_F(browser_endpoint_test, a_page_learns_how_to_reach_the_agent_and_whom_to_expect) {
  const auto opened = open(page_);
  ASSERT_TRUE(opened) << opened.error().detail;
  const auto endpoint = endpoint_in(opened->reply.answer.endpoints);
  ASSERT_TRUE(endpoint);
  EXPECT_EQ(endpoint->urls, std::vector<std::string>{"https://192.0.2.9:6000/mesh"});
  EXPECT_EQ(endpoint->cert_sha256, (std::vector{current, next}));
  EXPECT_EQ(endpoint->public_key, to_base64url(key_.verifier().spki()));
  EXPECT_TRUE(wire::check_webtransport({endpoint->cert_sha256, endpoint->signature}, key_.verifier()));
  const auto told = wire::payload_of<wire::p2p_session_created>(opened->reply.to_initiator);
  EXPECT_EQ(endpoint_in(told->endpoints)->signature, endpoint->signature);
}

TEST_F(browser_endpoint_test, only_browsers_are_told) {
  world_.device(ana_, "laptop");
  auto laptop = ana_;
  laptop.device = device_id("laptop");
  const auto opened = open(laptop);
  ASSERT_TRUE(opened) << opened.error().detail;
  EXPECT_FALSE(endpoint_in(opened->reply.answer.endpoints));
}

TEST_F(browser_endpoint_test, somebody_without_a_common_room_learns_nothing) {
  const auto dan = world_.person("dan");
  world_.browser(dan, "dan-web", browser_key().public_key());
  auto page = dan;
  page.device = device_id("dan-web");
  const auto opened = open(page);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, errc::room_not_common);
  world_.join(room_, dan, models::role::guest);  // whom the grid allows no files
  EXPECT_EQ(open(page).error().code, errc::capability_denied);
}

TEST_F(browser_endpoint_test, an_agent_that_browsers_cannot_reach_says_nothing) {
  world_.presence.devices[device_id("desktop")].webtransport.reset();
  EXPECT_FALSE(endpoint_in(open(page_)->reply.answer.endpoints));
}

TEST_F(browser_endpoint_test, hello_takes_what_the_device_key_signed) {
  const auto reply = say_hello(hello_with(wire::sign_webtransport({current, next}, key_)));
  ASSERT_TRUE(reply) << reply.error().detail;
  EXPECT_EQ(reply->said.webtransport->cert_sha256, (std::vector{current, next}));
  EXPECT_TRUE(say_hello(hello_with(wire::sign_webtransport({current}, key_))));
}

TEST_F(browser_endpoint_test, hello_refuses_certificates_nobody_vouches_for) {
  const auto other = crypto::signing_key::generate();
  const auto refused_field = [&](const std::string& text) {
    const auto reply = say_hello(text);
    return reply ? std::string() : reply.error().field;
  };
  EXPECT_EQ(refused_field(hello_with(wire::sign_webtransport({current}, other))),
            "payload.webtransport.signature");
  EXPECT_EQ(refused_field(hello_with({{"A"}, "AAAA"})), "payload.webtransport.cert_sha256");
  EXPECT_EQ(refused_field(hello_with({{current, next, next}, "AAAA"})), "payload.webtransport.cert_sha256");
  // A name that nobody registered, without a key: nothing vouches.
  const auto unknown = [](const std::string& key, const wire::webtransport_info& said) {
    return R"({"type":"system.hello","payload":{"device_id":"new-pc",)" + key + R"("webtransport":)" +
           wire::render(said) + "}}";
  };
  const auto said = wire::sign_webtransport({current}, other);
  EXPECT_EQ(refused_field(unknown("", said)), "payload.webtransport.signature");
  EXPECT_EQ(refused_field(unknown(R"("public_key":")" + to_base64url(other.verifier().spki()) + "\",", said)),
            "");
}

TEST_F(browser_endpoint_test, new_certificates_reach_the_pages_of_running_sessions) {
  ASSERT_TRUE(open(page_));
  auto desktop = ben_;
  desktop.device = device_id("desktop");
  const auto say = [&](const wire::webtransport_info& said) {
    const wire::p2p_candidates news{{}, {}, 1, said};
    wire::event event;
    event.type = "p2p.candidates";
    event.payload = wire::make_payload(news);
    return world_.change([&](context& c) { return handle_event(c, desktop, event); });
  };
  const auto done = say(wire::sign_webtransport({next, current}, key_));
  ASSERT_TRUE(done) << done.error().detail;
  EXPECT_EQ(done->effects.events.at(0).devices, std::vector{device_id("ana-web")});
  const auto told = wire::payload_of<wire::p2p_candidates>(done->effects.events.at(0).event);
  EXPECT_EQ(told->webtransport->cert_sha256, (std::vector{next, current}));
  EXPECT_EQ(done->reply.candidates->webtransport->signature, told->webtransport->signature);
  EXPECT_EQ(say(wire::sign_webtransport({next}, crypto::signing_key::generate())).error().field,
            "payload.webtransport.signature");
}

}  // namespace
}  // namespace mesh::services
