#include "server/api/p2p_request.hpp"

#include "tests/support/api_world.hpp"
#include "tests/support/browser_key.hpp"

namespace mesh::api {
namespace {

using testing_support::answer;
using testing_support::api_world;

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
  ASSERT_EQ(api_.backend.activities.size(), 1U);
  EXPECT_EQ(api_.backend.activities[0].sharing, std::vector{device_id("laptop")});
}

TEST_F(p2p_route, a_target_that_does_not_answer_is_offline_and_the_session_is_gone) {
  api_.backend.acknowledges = false;
  const auto a = open();
  EXPECT_EQ(a.status, 409U);
  EXPECT_EQ(a.error(), "peer_offline");
  EXPECT_EQ(live(), 0U);
  EXPECT_EQ(api_.backend.sessions, 0);
  for (const auto& told : api_.backend.activities) EXPECT_TRUE(told.sharing.empty());
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

// -- a place at the relay

class relay_route : public p2p_route {
 protected:
  relay_route() {
    testing_support::browser_key key;
    api_.world.browser(api_.caller(ana_), "ana-web", key.public_key());
  }
  std::string session_from(const std::string& initiator) {
    const auto a =
        open(R"({"kind":"file","target_device_id":"desktop","initiator_device_id":")" + initiator + R"("})");
    EXPECT_EQ(a.status, 200U) << a.text;
    return a.at("session_id");
  }
  answer ask(const std::string& session, const std::string& who) {
    return api_.send("POST", "/api/p2p/sessions/" + session + "/relay", "", who);
  }
};

TEST_F(relay_route, gives_each_side_its_own_ticket_the_target_first) {
  const auto session = session_from("ana-web");
  const auto a = ask(session, ana_);
  ASSERT_EQ(a.status, 200U) << a.text;
  EXPECT_EQ(a.at("session_id"), session);
  EXPECT_EQ(a.at("ticket"), "ticket-i");
  EXPECT_FALSE(a.at("public_key").empty());
  const auto& [device, event] = api_.backend.asked.back();
  EXPECT_EQ(device, device_id("desktop"));
  EXPECT_EQ(event.type, "p2p.relay.created");
  EXPECT_EQ(event.payload.at("ticket").as_string(), "ticket-t");
  EXPECT_EQ(event.payload.at("session_id").as_string(), session);
}

TEST_F(relay_route, is_for_the_page_of_a_running_session_only) {
  const auto session = session_from("ana-web");
  EXPECT_EQ(ask(session, ben_).error(), "session_unknown");
  EXPECT_EQ(ask("ses_nowhere", ana_).error(), "session_unknown");
  EXPECT_EQ(ask(session_from("laptop"), ana_).error(), "capability_denied");
  api_.world.disconnect("desktop");
  EXPECT_EQ(ask(session, ana_).error(), "peer_offline");
}

TEST_F(relay_route, ends_with_the_right_to_the_session) {
  const auto session = session_from("ana-web");
  const auto ana = api_.caller(ana_);
  const auto ben = api_.caller(ben_);
  EXPECT_TRUE(api_.world.change(
      [&](services::context& c) { return services::remove_other(c, ana, room_id(room_), ben.user); }));
  EXPECT_EQ(ask(session, ana_).status, 404U);
}

TEST_F(relay_route, says_why_there_is_no_place) {
  const auto session = session_from("ana-web");
  const std::pair<errc, unsigned> table[] = {
      {errc::relay_off, 403}, {errc::relay_quota, 429}, {errc::busy, 503}};
  for (const auto& [code, status] : table) {
    api_.backend.relay_refusal = code;
    const auto a = ask(session, ana_);
    EXPECT_EQ(a.status, status);
    EXPECT_EQ(a.error(), word(code));
  }
  api_.backend.relay_refusal.reset();
  api_.backend.acknowledges = false;
  EXPECT_EQ(ask(session, ana_).error(), "peer_offline");
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

}  // namespace
}  // namespace mesh::api
