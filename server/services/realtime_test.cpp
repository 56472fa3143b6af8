#include "server/services/realtime.hpp"

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

TEST_F(realtime_test, a_device_says_how_its_person_is) {
  const auto set = [&](const caller& who, const std::string& status) {
    return handle(who, R"({"type":"presence.set","payload":{"status":")" + status + "\"}}");
  };
  EXPECT_EQ(set(ana_, "away").error().code, errc::bad_request);  // a sign-in without a device
  world_.device(ana_, "laptop");
  world_.connect(ana_, "laptop");
  auto laptop = ana_;
  laptop.device = device_id("laptop");
  EXPECT_EQ(set(laptop, "asleep").error().field, "payload.status");
  const auto away = set(laptop, "away");
  ASSERT_TRUE(away);
  EXPECT_EQ(away->reply.status, "away");
  EXPECT_EQ(receivers(away->effects, "presence.changed"), (std::set<user_id>{ana_.user, ben_.user}));
  world_.presence.devices[device_id("laptop")].status = "away";
  world_.presence.devices[device_id("laptop")].activity = "sharing";
  const auto busy = set(laptop, "dnd");
  EXPECT_EQ(events_of(busy->effects, "presence.changed").at(0).event.payload.at("activity").as_string(),
            "sharing");
  EXPECT_TRUE(set(laptop, "away")->effects.events.empty());  // nothing new to tell
  const auto reply = say_hello(ben_, R"({"type":"system.hello","payload":{"kind":"api","status":"dnd"}})");
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->status, "dnd");
  std::map<std::string, std::string> said;
  const auto welcome = welcome_of(*reply);
  EXPECT_EQ(welcome.presence.at(0).devices.at(0).activity, "sharing");
  for (const auto& user : welcome.presence) said[user.username] = *user.devices.at(0).status;
  EXPECT_EQ(said, (std::map<std::string, std::string>{{"ana", "away"}, {"ben", "dnd"}}));
  EXPECT_EQ(say_hello(ben_, R"({"type":"system.hello","payload":{"status":"x"}})").error().field,
            "payload.status");
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
