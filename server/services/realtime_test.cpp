#include "server/services/realtime.hpp"

#include "server/services/p2p_sessions.hpp"
#include "tests/support/server_world.hpp"

namespace mesh::services {
namespace {

using models::caller;
using testing_support::events_of;
using testing_support::receivers;
using testing_support::server_world;

wire::event event_of(const std::string& text) {
  return wire::parse_event(text).value();
}

class realtime_test : public testing::Test {
 protected:
  realtime_test() { world_.join(room_, ben_); }
  auto say_hello(const caller& who, const std::string& text) {
    return world_.read([&](context& c) { return hello(c, who, event_of(text)); });
  }
  auto handle(const caller& who, const std::string& text) {
    return world_.change([&](context& c) { return handle_event(c, who, event_of(text)); });
  }
  std::string with_room(const std::string& type, const std::string& more = "") {
    return R"({"type":")" + type + R"(","id":"e1","payload":{"room_id":")" + room_.str() + "\"" + more + "}}";
  }
  wire::system_welcome welcome_of(const hello_reply& reply) {
    return wire::payload_of<wire::system_welcome>(reply.welcome).value();
  }

  server_world world_;
  caller ana_ = world_.person("ana");
  caller ben_ = world_.person("ben");
  room_id room_ = world_.room(ana_);
};

TEST_F(realtime_test, a_bare_hello_is_welcomed) {
  const auto reply = say_hello(ana_, R"({"type":"system.hello","device_id":"test-device"})");
  ASSERT_TRUE(reply) << reply.error().detail;
  EXPECT_EQ(reply->device, device_id("test-device"));
  EXPECT_EQ(reply->kind, "agent");
  const auto welcome = welcome_of(*reply);
  EXPECT_EQ(welcome.user.username, "ana");
  EXPECT_EQ(welcome.rooms.size(), 1U);
  EXPECT_EQ(welcome.heartbeat_seconds, 20);
  EXPECT_EQ(welcome.server.signing_keys.at(0).kid, world_.keys.capability.verifier().kid());
  EXPECT_TRUE(reply->missed.empty());
}

TEST_F(realtime_test, welcome_lists_who_is_there_oneself_included) {
  world_.connect(ben_, "desktop");
  world_.presence.users[ben_.user].insert("browser");
  world_.connect(world_.person("stranger"), "elsewhere");
  const auto reply = say_hello(ana_, R"({"type":"system.hello","id":"c-1","payload":{"kind":"browser"}})");
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->welcome.reply_to, "c-1");
  const auto welcome = welcome_of(*reply);
  std::map<std::string, std::size_t> devices;
  for (const auto& user : welcome.presence) devices[user.username] = user.devices.size();
  EXPECT_EQ(devices, (std::map<std::string, std::size_t>{{"ana", 1}, {"ben", 2}}));
  for (const auto& member : welcome.rooms.at(0).members) EXPECT_TRUE(member.online);
}

TEST_F(realtime_test, a_device_name_cannot_be_borrowed) {
  const auto key = world_.device(ben_, "desktop");
  const auto code_of = [&](const caller& who, const std::string& payload) {
    const auto reply = say_hello(who, R"({"type":"system.hello","payload":)" + payload + "}");
    return reply ? errc::internal : reply.error().code;
  };
  EXPECT_EQ(code_of(ana_, R"({"device_id":"desktop"})"), errc::device_taken);
  EXPECT_EQ(code_of(ana_, R"({"device_id":"De sktop"})"), errc::field_invalid);
  EXPECT_EQ(code_of(ben_, R"({"device_id":"desktop","public_key":"AAAA"})"), errc::device_taken);
  EXPECT_EQ(
      code_of(ben_, R"({"device_id":"desktop","public_key":")" + to_base64url(key.verifier().spki()) + "\"}"),
      errc::internal);
  auto bound = ben_;
  bound.device = device_id("desktop");
  EXPECT_EQ(code_of(bound, R"({"device_id":"phone"})"), errc::forbidden);
  EXPECT_EQ(say_hello(bound, R"({"type":"system.hello"})")->device, device_id("desktop"));
  world_.connect(ben_, "unregistered");
  EXPECT_EQ(code_of(ana_, R"({"device_id":"unregistered"})"), errc::device_taken);
}

TEST_F(realtime_test, hello_fields_are_checked) {
  struct row {
    std::string payload;
    errc code;
    std::string field;
  };
  const row table[] = {
      {R"({"kind":"toaster"})", errc::field_invalid, "payload.kind"},
      {R"({"since":"x"})", errc::field_type, "payload.since"},
      {R"({"quic_port":70000})", errc::field_invalid, "payload.quic_port"},
      {R"({"candidates":[{"ip":"example.org","port":1,"type":"host"}]})", errc::field_invalid,
       "payload.candidates[0].ip"},
      {R"({"candidates":[{"ip":"192.0.2.1","port":0,"type":"host"}]})", errc::field_invalid,
       "payload.candidates[0].port"},
      {R"({"candidates":[{"ip":"192.0.2.1","port":1,"type":"relay"}]})", errc::field_invalid,
       "payload.candidates[0].type"},
      {R"({"version":")" + std::string(100, 'v') + "\"}", errc::field_too_long, "payload.version"},
  };
  for (const auto& [payload, code, field] : table) {
    const auto reply = say_hello(ana_, R"({"type":"system.hello","payload":)" + payload + "}");
    ASSERT_FALSE(reply) << payload;
    EXPECT_EQ(reply.error().code, code) << payload;
    EXPECT_EQ(reply.error().field, field) << payload;
  }
}

TEST_F(realtime_test, what_was_missed_comes_again_in_order) {
  const auto hello_since = [&](std::int64_t since) {
    return *say_hello(ana_, R"({"type":"system.hello","payload":{"since":)" + std::to_string(since) + "}}");
  };
  const auto start = welcome_of(hello_since(0)).seq;
  EXPECT_EQ(hello_since(start).missed.size(), 0U);
  for (const auto* name : {"One", "Two"})
    ASSERT_TRUE(world_.change([&](context& c) { return rename_room(c, ana_, room_, {name}); }));
  const auto reply = hello_since(start);
  ASSERT_EQ(reply.missed.size(), 2U);
  EXPECT_EQ(reply.missed[0].seq, start + 1);
  EXPECT_EQ(reply.missed[1].seq, start + 2);
  EXPECT_EQ(reply.missed[1].type, "room.updated");
  EXPECT_EQ(wire::payload_of<wire::room_updated>(reply.missed[1])->room.name, "Two");
  EXPECT_FALSE(reply.resync);
}

TEST_F(realtime_test, a_log_that_no_longer_reaches_back_asks_for_a_resync) {
  ASSERT_TRUE(world_.change([&](context& c) { return rename_room(c, ana_, room_, {"One"}); }));
  const auto hello_since = [&](std::int64_t since) {
    return *say_hello(ana_, R"({"type":"system.hello","payload":{"since":)" + std::to_string(since) + "}}");
  };
  const auto newest = welcome_of(hello_since(0)).seq;
  EXPECT_TRUE(hello_since(newest + 5).resync);
  world_.now += std::chrono::hours(24 * 8);
  ASSERT_TRUE(world_.change([](context& c) -> result<int> {
    c.tx.prune(c.now);
    return 0;
  }));
  const auto reply = hello_since(newest - 1);
  ASSERT_TRUE(reply.resync);
  EXPECT_EQ(wire::payload_of<wire::system_resync>(*reply.resync)->reason, "forgotten");
  EXPECT_TRUE(reply.missed.empty());
  EXPECT_FALSE(hello_since(newest).resync);  // nothing was missed
}

TEST_F(realtime_test, looking_at_a_room_answers_the_asker_only) {
  const auto done = handle(ben_, with_room("room.join"));
  ASSERT_TRUE(done);
  EXPECT_EQ(done->reply.reply->type, "room.joined");
  EXPECT_EQ(done->reply.reply->reply_to, "e1");
  EXPECT_TRUE(done->effects.events.empty());
  const auto stranger = world_.person("dan");
  for (const auto* type : {"room.join", "chat.typing"})
    EXPECT_EQ(handle(stranger, with_room(type)).error().code, errc::not_member) << type;
  EXPECT_EQ(handle(stranger, with_room("chat.send", R"(,"text":"hi","client_id":"1")")).error().code,
            errc::not_member);
}

TEST_F(realtime_test, a_chat_message_and_typing_reach_the_room) {
  const auto sent = handle(ben_, with_room("chat.send", R"(,"text":"hi","client_id":"1")"));
  ASSERT_TRUE(sent);
  EXPECT_FALSE(sent->reply.reply);
  EXPECT_EQ(receivers(sent->effects, "chat.message"), (std::set<user_id>{ana_.user, ben_.user}));
  const auto typing = handle(ben_, with_room("chat.typing"));
  ASSERT_TRUE(typing);
  EXPECT_EQ(receivers(typing->effects, "chat.typing"), std::set<user_id>{ana_.user});
  EXPECT_EQ(typing->effects.events.at(0).event.from, "user:" + ben_.user.str());
}

TEST_F(realtime_test, fields_are_named_with_their_path) {
  const auto field_of = [&](const std::string& text) {
    const auto done = handle(ana_, text);
    return done ? std::string() : done.error().field;
  };
  EXPECT_EQ(field_of(R"({"type":"chat.send","payload":{}})"), "payload.room_id");
  EXPECT_EQ(field_of(with_room("chat.send", R"(,"text":5,"client_id":"1")")), "payload.text");
  EXPECT_EQ(field_of(with_room("chat.send", R"(,"text":"","client_id":"1")")), "payload.text");
  EXPECT_EQ(field_of(with_room("chat.send", R"(,"client_id":"1","text":")" + std::string(16385, 'x') + "\"")),
            "payload.text");
  EXPECT_EQ(field_of(R"({"type":"p2p.session.renew","payload":{"session_id":"ses_x"}})"),
            "payload.session_id");
  EXPECT_EQ(field_of(R"({"type":"no.such.event"})"), "type");
  EXPECT_EQ(field_of(R"({"type":"chat.message"})"), "type");
  EXPECT_EQ(field_of(R"({"type":"system.hello"})"), "type");
}

class forwarding_test : public realtime_test {
 protected:
  std::string offer(const std::string& to) {
    return R"({"type":"share.offered","to":")" + to +
           R"(","from":"server","payload":{"session_id":"ses_1","transfer_id":"t","later":1}})";
  }
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
  EXPECT_EQ(handle(ana_, R"({"type":"share.offered","to":"room:x","payload":{}})").error().field,
            "payload.session_id");
  EXPECT_EQ(handle(ana_, R"({"type":"share.exploded","to":"room:x"})").error().code, errc::event_unknown);
}

class session_events_test : public realtime_test {
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

TEST_F(realtime_test, presence_goes_to_the_person_and_their_peers) {
  world_.device(ana_, "laptop");
  world_.person("dan");
  world_.now += std::chrono::hours(1);
  const auto effects = world_.change([&](context& c) -> result<models::effects> {
    return tell_presence(c, {ana_.user, "ana", device_id("laptop"), "agent", true});
  });
  EXPECT_EQ(receivers(*effects, "presence.changed"), (std::set<user_id>{ana_.user, ben_.user}));
  EXPECT_EQ(world_.look([&](context& c) { return c.tx.devices().find(device_id("laptop"))->last_seen_at; }),
            world_.now);
}

}  // namespace
}  // namespace mesh::services
