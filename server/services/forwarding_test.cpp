#include "server/services/forwarding.hpp"

#include "server/services/p2p_sessions.hpp"
#include "tests/support/server_world.hpp"

namespace mesh::services {
namespace {

using models::caller;
using testing_support::receivers;
using testing_support::server_world;

class forwarding_test : public testing::Test {
 protected:
  forwarding_test() { world_.join(room_, ben_); }
  auto handle(const caller& who, const std::string& text) {
    return world_.change([&](context& c) { return handle_event(c, who, wire::parse_event(text).value()); });
  }
  std::string offer(const std::string& to) {
    return R"({"type":"rtc.ice","to":")" + to +
           R"(","from":"server","payload":{"session_id":"ses_1","candidate":"c","later":1}})";
  }

  server_world world_;
  caller ana_ = world_.person("ana");
  caller ben_ = world_.person("ben");
  room_id room_ = world_.room(ana_);
};

TEST_F(forwarding_test, the_server_says_who_it_is_from_and_keeps_what_it_does_not_know) {
  world_.device(ana_, "laptop");
  world_.connect(ben_, "desktop");
  auto sender = ana_;
  sender.device = device_id("laptop");
  const auto done = handle(sender, offer("device:desktop"));
  ASSERT_TRUE(done) << done.error().detail;
  const auto& out = done->effects.events.at(0);
  EXPECT_EQ(out.event.from, "device:laptop");
  EXPECT_EQ(out.devices, std::vector{device_id("desktop")});
  EXPECT_TRUE(out.event.payload.contains("later"));
  EXPECT_EQ(handle(ana_, offer("user:" + ben_.user.str()))->effects.events.at(0).users,
            std::vector{ben_.user});
  EXPECT_EQ(handle(ana_, offer("room:" + room_.str()))->effects.events.at(0).users.size(), 2U);
}

TEST_F(forwarding_test, only_people_who_share_a_room_are_reached) {
  const auto stranger = world_.person("dan");
  world_.connect(stranger, "elsewhere");
  world_.device(ben_, "phone");
  struct row {
    std::string to;
    errc code;
  };
  const row table[] = {
      {"device:elsewhere", errc::room_not_common},
      {"user:" + stranger.user.str(), errc::room_not_common},
      {"device:nowhere", errc::not_found},
      {"device:phone", errc::peer_offline},
      {"user:" + ben_.user.str(), errc::peer_offline},
      {"room:rom_x", errc::not_member},
      {"", errc::field_missing},
      {"device:", errc::field_missing},
      {"moon:x", errc::field_invalid},
      {"server", errc::field_missing},
  };
  for (const auto& [to, code] : table) {
    const auto done = handle(ana_, offer(to));
    ASSERT_FALSE(done) << to;
    EXPECT_EQ(done.error().code, code) << to;
    EXPECT_EQ(done.error().field, "to") << to;
  }
  EXPECT_EQ(handle(ana_, R"({"type":"rtc.ice","to":"room:x","payload":{}})").error().field,
            "payload.session_id");
  EXPECT_EQ(handle(ana_, R"({"type":"share.exploded","to":"room:x"})").error().code, errc::event_unknown);
}

class session_events_test : public forwarding_test {
 protected:
  session_events_test() {
    world_.device(ana_, "laptop");
    world_.device(ben_, "desktop");
    world_.connect(ben_, "desktop");
    on_laptop_.device = device_id("laptop");
    on_desktop_.device = device_id("desktop");
    wire::p2p_session_request request;
    request.kind = "file";
    request.target_device_id = device_id("desktop");
    id_ = world_.change([&](context& c) { return open_session(c, on_laptop_, request); })
              ->reply.answer.session_id;
  }
  std::string of_session(const std::string& type, const std::string& more = "") {
    return R"({"type":")" + type + R"(","id":"e1","payload":{"session_id":")" + id_.str() + "\"" + more +
           "}}";
  }
  caller on_laptop_ = ana_;
  caller on_desktop_ = ben_;
  session_id id_;
};

TEST_F(session_events_test, renewing_answers_with_a_token_or_says_why_not) {
  const auto renewed = handle(on_laptop_, of_session("p2p.session.renew"));
  ASSERT_TRUE(renewed);
  EXPECT_EQ(renewed->reply.reply->type, "p2p.session.renewed");
  EXPECT_EQ(renewed->reply.reply->reply_to, "e1");
  // The member's right goes without anybody noticing the running session: the next renewal does.
  ASSERT_TRUE(world_.change([&](context& c) -> result<int> {
    c.tx.rooms().set_role(room_, ben_.user, models::role::guest);
    return 0;
  }));
  const auto refused = handle(on_laptop_, of_session("p2p.session.renew"));
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->reply.reply->type, "system.error");
  EXPECT_EQ(receivers(refused->effects, "p2p.session.revoked").size(), 2U);
  EXPECT_EQ(handle(on_laptop_, of_session("p2p.session.renew")).error().code, errc::session_unknown);
}

TEST_F(session_events_test, closing_tells_both) {
  const auto closed = handle(on_desktop_, of_session("p2p.session.close"));
  ASSERT_TRUE(closed);
  EXPECT_EQ(receivers(closed->effects, "p2p.session.revoked").size(), 2U);
}

TEST_F(session_events_test, new_candidates_go_to_the_other_side_and_to_the_hub) {
  const std::string candidates = R"(,"candidates":[{"ip":"192.0.2.5","port":7000,"type":"host"}],"gen":3)";
  const auto done = handle(on_laptop_, of_session("p2p.candidates", candidates));
  ASSERT_TRUE(done) << done.error().detail;
  EXPECT_EQ(done->effects.events.at(0).devices, std::vector{device_id("desktop")});
  EXPECT_EQ(done->reply.candidates->gen, 3);
  const auto all = handle(on_laptop_, R"({"type":"p2p.candidates","payload":{"candidates":[],"gen":4}})");
  EXPECT_EQ(all->effects.events.at(0).devices, std::vector{device_id("desktop")});
  EXPECT_EQ(handle(ana_, of_session("p2p.candidates", candidates)).error().code, errc::forbidden);
  id_ = session_id("ses_other");
  EXPECT_EQ(handle(on_laptop_, of_session("p2p.candidates", candidates)).error().code, errc::session_unknown);
}

TEST_F(forwarding_test, a_call_begins_when_one_of_its_two_devices_answers) {
  world_.device(ana_, "laptop");
  world_.device(ben_, "desktop");
  world_.device(ben_, "phone");
  world_.connect(ana_, "laptop");
  world_.connect(ben_, "desktop");
  wire::p2p_session_request request;
  request.kind = "call";
  request.target_device_id = device_id("desktop");
  request.initiator_device_id = device_id("laptop");
  const auto opened = world_.change([&](context& c) { return open_session(c, ana_, request); });
  ASSERT_TRUE(opened) << opened.error().detail;
  const auto& call = opened->reply.answer.session_id;
  EXPECT_TRUE(opened->reply.activity.in_call.empty()) << "it only rings";

  const auto signal = [&](const caller& who, std::string device, const std::string& type,
                          const std::string& session) {
    auto from = who;
    from.device = device_id(std::move(device));
    const auto done = handle(from, R"({"type":"rtc.)" + type + R"(","to":"room:)" + room_.str() +
                                       R"(","payload":{"session_id":")" + session + R"(","type":")" + type +
                                       R"(","sdp":"v=0"}})");
    EXPECT_TRUE(done) << done.error().detail;
    return done->effects.activities;
  };
  EXPECT_TRUE(signal(ana_, "laptop", "offer", call.str()).empty());
  EXPECT_TRUE(signal(ben_, "desktop", "answer", "ses_invented").empty());
  EXPECT_TRUE(signal(ben_, "phone", "answer", call.str()).empty()) << "not a device of this call";
  const auto begun = signal(ben_, "desktop", "answer", call.str());
  ASSERT_EQ(begun.size(), 1U);
  EXPECT_EQ(begun[0].in_call, (std::vector{device_id("laptop"), device_id("desktop")}));
  const auto renewed = world_.change([&](context& c) { return renew_session(c, ana_, call); });
  EXPECT_EQ(renewed->effects.activities.at(0).in_call.size(), 2U);
  world_.now += std::chrono::minutes(10);
  EXPECT_TRUE(signal(ben_, "desktop", "answer", call.str()).empty()) << "long over";
}

}  // namespace
}  // namespace mesh::services
