#include "server/services/p2p_sessions.hpp"

#include "core/base/limits.hpp"
#include "core/capability/token.hpp"
#include "server/services/direct.hpp"
#include "server/services/p2p_rights.hpp"
#include "tests/support/browser_key.hpp"
#include "tests/support/server_world.hpp"

namespace mesh::services {
namespace {

using namespace std::chrono_literals;
using models::caller;
using models::role;
using testing_support::receivers;
using testing_support::server_world;

class p2p_sessions_test : public testing::Test {
 protected:
  p2p_sessions_test() {
    world_.join(room_, ben_);
    world_.connect(ben_, "desktop", 6000);
  }
  static wire::p2p_session_request file_to(const std::string& device) {
    wire::p2p_session_request request;
    request.kind = "file";
    request.target_device_id = device_id(device);
    return request;
  }
  auto open(const caller& who, const wire::p2p_session_request& request) {
    return world_.change([&](context& c) { return open_session(c, who, request); });
  }
  auto renew(const caller& who, const session_id& id) {
    return world_.change([&](context& c) { return renew_session(c, who, id); });
  }
  result<capability::claims> verify(const std::string& token) {
    capability::verification known;
    known.now = world_.now;
    known.own_role = capability::role::target;
    known.own_device_id = device_id("desktop");
    known.own_key_sha256 = desktop_.verifier().fingerprint();
    known.peer_key_sha256 = laptop_.verifier().fingerprint();
    return capability::verify(token, capability::keyring(world_.keys.capability.verifier()), known);
  }
  bool alive(const session_id& id) {
    return world_.look([&](context& c) { return c.tx.p2p().find(id).has_value(); });
  }

  server_world world_;
  caller ana_ = world_.person("ana");
  caller ben_ = world_.person("ben");
  crypto::signing_key laptop_ = world_.device(ana_, "laptop");
  crypto::signing_key desktop_ = world_.device(ben_, "desktop");
  room_id room_ = world_.room(ana_);
};

TEST_F(p2p_sessions_test, the_token_holds_for_exactly_these_two_devices) {
  const auto done = open(ana_, file_to("desktop"));
  ASSERT_TRUE(done) << done.error().detail;
  const auto& answer = done->reply.answer;
  EXPECT_EQ(answer.expires_at, format_rfc3339_seconds(world_.now + 120s));
  const auto claims = verify(answer.session_token);
  ASSERT_TRUE(claims) << claims.error().detail;
  EXPECT_EQ(claims->session_id, answer.session_id);
  EXPECT_EQ(claims->room_id, room_);
  EXPECT_EQ(claims->caps, std::vector<std::string>{"share:file"});
  EXPECT_EQ(claims->sender, capability::role::initiator);
  EXPECT_EQ(claims->initiator.peer_id, ana_.user);
  EXPECT_EQ(done->reply.target, device_id("desktop"));
  EXPECT_TRUE(done->effects.events.empty());  // told one after the other, by the caller

  const auto to_target = wire::payload_of<wire::p2p_session_created>(done->reply.to_target);
  ASSERT_TRUE(to_target);
  EXPECT_EQ(to_target->role, "target");
  EXPECT_EQ(to_target->peer.device_id, device_id("laptop"));
  EXPECT_EQ(to_target->peer.key_sha256, laptop_.verifier().fingerprint());
  const auto to_initiator = wire::payload_of<wire::p2p_session_created>(done->reply.to_initiator);
  EXPECT_EQ(to_initiator->role, "initiator");
  EXPECT_EQ(to_initiator->peer.username, "ben");
}

TEST_F(p2p_sessions_test, endpoints_are_the_first_usable_candidate_or_the_address_seen) {
  auto done = open(ana_, file_to("desktop"));
  EXPECT_EQ(wire::to_text(done->reply.answer.endpoints),
            R"({"initiator":null,"target":{"ip":"192.0.2.9","port":6000}})");
  world_.connect(ana_, "laptop");
  world_.presence.devices[device_id("laptop")].candidates = {{"fe80::1", 5000, "host"},
                                                             {"0.0.0.0", 5000, "host"},
                                                             {"169.254.1.1", 5000, "host"},
                                                             {"198.51.100.4", 5001, "host"}};
  done = open(ana_, file_to("desktop"));
  EXPECT_EQ(wire::to_text(done->reply.answer.endpoints.at("initiator")),
            R"({"ip":"198.51.100.4","port":5001})");
  EXPECT_EQ(wire::payload_of<wire::p2p_session_created>(done->reply.to_target)->candidates.size(), 4U);
}

TEST_F(p2p_sessions_test, the_target_hears_of_the_page_that_will_come) {
  const auto told = [&](const caller& who) {
    const auto done = open(who, file_to("desktop"));
    EXPECT_FALSE(wire::payload_of<wire::p2p_session_created>(done->reply.to_initiator)->origin);
    return wire::payload_of<wire::p2p_session_created>(done->reply.to_target)->origin;
  };
  EXPECT_EQ(told(ana_), std::nullopt);
  auto page = ana_;
  page.origin = "https://mesh.example";
  EXPECT_EQ(told(page), std::nullopt);  // its laptop will come, not the page
  world_.browser(ana_, "ana-web", testing_support::browser_key().public_key());
  page.device = device_id("ana-web");
  EXPECT_EQ(told(page), "https://mesh.example");
}

TEST_F(p2p_sessions_test, every_refusal_has_its_word) {
  const auto stranger = world_.person("dan");
  world_.device(stranger, "stranger-pc");
  world_.connect(stranger, "stranger-pc");
  world_.device(ben_, "phone");         // registered, not connected
  world_.connect(ben_, "test-device");  // connected, never registered a key
  struct row {
    std::string name;
    std::function<void(wire::p2p_session_request&)> change;
    errc code;
    std::string field;
  };
  const row table[] = {
      {"unknown kind", [](auto& r) { r.kind = "sync"; }, errc::kind_unknown, "kind"},
      {"ttl below", [](auto& r) { r.ttl = 59; }, errc::ttl_out_of_range, "ttl"},
      {"ttl above", [](auto& r) { r.ttl = 181; }, errc::ttl_out_of_range, "ttl"},
      {"ttl negative", [](auto& r) { r.ttl = -1; }, errc::ttl_out_of_range, "ttl"},
      {"unknown sender", [](auto& r) { r.sender = "me"; }, errc::field_invalid, "sender"},
      {"no size", [](auto& r) { r.max_size = 0; }, errc::field_invalid, "max_size"},
      {"huge rate", [](auto& r) { r.max_rate = 1ULL << 60; }, errc::field_invalid, "max_rate"},
      {"unknown device", [](auto& r) { r.target_device_id = device_id("nowhere"); }, errc::not_found,
       "target_device_id"},
      {"no common room", [](auto& r) { r.target_device_id = device_id("stranger-pc"); },
       errc::room_not_common, ""},
      {"foreign room", [](auto& r) { r.room_id = room_id("rom_other"); }, errc::room_not_common, "room_id"},
      {"foreign initiator", [](auto& r) { r.initiator_device_id = device_id("desktop"); },
       errc::initiator_device_required, "initiator_device_id"},
      {"to itself", [](auto& r) { r.initiator_device_id = r.target_device_id = device_id("laptop"); },
       errc::same_device, "target_device_id"},
      {"offline", [](auto& r) { r.target_device_id = device_id("phone"); }, errc::peer_offline, ""},
      {"no key", [](auto& r) { r.target_device_id = device_id("test-device"); }, errc::device_without_key,
       ""},
  };
  for (const auto& [name, edit, code, field] : table) {
    auto request = file_to("desktop");
    edit(request);
    const auto done = open(ana_, request);
    ASSERT_FALSE(done) << name;
    EXPECT_EQ(done.error().code, code) << name;
    EXPECT_EQ(done.error().field, field) << name;
  }
  for (const std::int64_t ttl : {60, 180}) {
    auto request = file_to("desktop");
    request.ttl = ttl;
    EXPECT_TRUE(open(ana_, request)) << ttl;
  }
}

TEST_F(p2p_sessions_test, the_initiator_is_the_named_the_signed_in_or_the_only_device) {
  const auto initiator_of = [&](const caller& who, std::optional<device_id> named = {}) -> std::string {
    auto request = file_to("desktop");
    request.initiator_device_id = std::move(named);
    const auto done = open(who, request);
    return done ? done->reply.initiator.str() : std::string(word(done.error().code));
  };
  EXPECT_EQ(initiator_of(ana_), "laptop");
  world_.device(ana_, "tower");
  EXPECT_EQ(initiator_of(ana_), "initiator_device_required");
  EXPECT_EQ(initiator_of(ana_, device_id("tower")), "tower");
  auto on_laptop = ana_;
  on_laptop.device = device_id("laptop");
  EXPECT_EQ(initiator_of(on_laptop), "laptop");
  EXPECT_EQ(initiator_of(on_laptop, device_id("tower")), "tower");
  auto to_own = file_to("tower");
  world_.connect(ana_, "tower");
  EXPECT_EQ(open(ana_, to_own)->reply.initiator, device_id("laptop"));  // the only one besides the target
}

TEST_F(p2p_sessions_test, between_own_devices_no_room_is_needed_and_nothing_is_withheld) {
  const auto tower = world_.device(ana_, "tower");
  world_.connect(ana_, "tower");
  auto request = file_to("tower");
  request.kind = "terminal";
  const auto done = open(ana_, request);
  ASSERT_TRUE(done) << done.error().detail;
  const auto created = wire::to_text(wire::json_value(done->reply.to_target.payload));
  EXPECT_NE(created.find(R"("room_id":null)"), std::string::npos) << created;
  EXPECT_FALSE(wire::payload_of<wire::p2p_session_created>(done->reply.to_target)->room_id);
}

TEST_F(p2p_sessions_test, of_several_common_rooms_one_must_be_named) {
  const auto second = world_.room(ana_, "Second");
  world_.join(second, ben_);
  auto request = file_to("desktop");
  EXPECT_EQ(open(ana_, request).error().code, errc::room_required);
  request.room_id = second;
  const auto done = open(ana_, request);
  ASSERT_TRUE(done);
  EXPECT_EQ(verify(done->reply.answer.session_token)->room_id, second);
}

TEST_F(p2p_sessions_test, a_conversation_of_two_does_not_make_the_room_ambiguous) {
  const auto two = world_.change([&](context& c) { return open_direct(c, ana_, {"ben"}); });
  ASSERT_TRUE(two) << two.error().detail;
  const auto opened = open(ana_, file_to("desktop"));
  ASSERT_TRUE(opened) << opened.error().detail;
  EXPECT_EQ(wire::payload_of<wire::p2p_session_created>(opened->reply.to_target)->room_id, room_);
  world_.join(world_.room(ana_, "Second"), ben_);
  const auto other = open(ana_, file_to("desktop"));
  ASSERT_TRUE(other) << other.error().detail;
  EXPECT_EQ(wire::payload_of<wire::p2p_session_created>(other->reply.to_target)->room_id,
            two->reply.answer.room.id);
}

TEST_F(p2p_sessions_test, roles_and_grid_decide_what_a_token_contains) {
  models::grid grid;
  grid.owner = {"share:file", "terminal:view", "terminal:control", "call"};
  grid.member = {"share:file", "terminal:view"};
  grid.guest = {"terminal:view"};
  using wire::session_kind;
  struct row {
    session_kind kind;
    role sender;
    role receiver;
    std::vector<std::string> caps;
  };
  const row table[] = {
      {session_kind::file, role::owner, role::member, {"share:file"}},
      {session_kind::file, role::owner, role::guest, {}},
      {session_kind::file, role::guest, role::owner, {}},
      {session_kind::folder, role::owner, role::owner, {}},
      {session_kind::terminal, role::owner, role::guest, {"terminal:view"}},
      {session_kind::terminal, role::guest, role::owner, {"terminal:view", "terminal:control"}},
      {session_kind::call, role::owner, role::owner, {"call"}},
      {session_kind::call, role::owner, role::member, {}},
      {session_kind::screen, role::owner, role::owner, {}},
  };
  for (const auto& [kind, sender, receiver, caps] : table)
    EXPECT_EQ(granted_caps(kind, grid, {sender, receiver}), caps)
        << wire::word_of(kind) << ' ' << static_cast<int>(sender) << ' ' << static_cast<int>(receiver);
}

TEST_F(p2p_sessions_test, a_guest_gets_no_file_unless_the_grid_says_so) {
  const auto cid = world_.person("cid");
  world_.device(cid, "netbook");
  world_.connect(cid, "netbook");
  world_.join(room_, cid, role::guest);
  EXPECT_EQ(open(ana_, file_to("netbook")).error().code, errc::capability_denied);
  auto request = file_to("netbook");
  request.kind = "terminal";
  EXPECT_TRUE(open(ana_, request));
  ASSERT_TRUE(world_.change(
      [&](context& c) { return set_grid(c, ana_, room_, {{{"share:file"}, {}, {"share:file"}}}); }));
  EXPECT_TRUE(open(ana_, file_to("netbook")));
}

TEST_F(p2p_sessions_test, renewing_gives_a_fresh_token_to_either_side_only) {
  const auto id = open(ana_, file_to("desktop"))->reply.answer.session_id;
  world_.now += 60s;
  const auto done = renew(ben_, id);
  ASSERT_TRUE(done);
  ASSERT_FALSE(done->reply.refused);
  EXPECT_TRUE(verify(done->reply.renewed.session_token));
  EXPECT_EQ(renew(world_.person("dan"), id).error().code, errc::session_unknown);
  auto other_device = ana_;
  other_device.device = device_id("tower");
  EXPECT_EQ(renew(other_device, id).error().code, errc::session_unknown);
  world_.now += 120s + limits::session_without_server_max;
  EXPECT_EQ(renew(ana_, id).error().code, errc::session_unknown);
}

TEST_F(p2p_sessions_test, a_removed_member_loses_the_sessions_of_that_room_only) {
  const auto second = world_.room(ana_, "Second");
  world_.join(second, ben_);
  auto request = file_to("desktop");
  request.room_id = room_;
  const auto here = open(ana_, request)->reply.answer.session_id;
  request.room_id = second;
  const auto there = open(ana_, request)->reply.answer.session_id;
  const auto done = world_.change([&](context& c) { return remove_other(c, ana_, room_, ben_.user); });
  ASSERT_TRUE(done);
  EXPECT_EQ(receivers(done->effects, "p2p.session.revoked"), (std::set<user_id>{ana_.user, ben_.user}));
  EXPECT_FALSE(alive(here));
  EXPECT_TRUE(alive(there));
  EXPECT_EQ(renew(ben_, here).error().code, errc::session_unknown);
}

TEST_F(p2p_sessions_test, taking_a_right_away_ends_what_it_allowed) {
  const auto file = open(ana_, file_to("desktop"))->reply.answer.session_id;
  auto request = file_to("desktop");
  request.kind = "terminal";
  const auto terminal = open(ana_, request)->reply.answer.session_id;
  const auto done = world_.change([&](context& c) { return set_role(c, ana_, room_, ben_.user, {"guest"}); });
  ASSERT_TRUE(done);
  EXPECT_FALSE(alive(file));
  EXPECT_TRUE(alive(terminal));
  ASSERT_TRUE(world_.change([&](context& c) { return set_grid(c, ana_, room_, {}); }));
  EXPECT_FALSE(alive(terminal));
}

TEST_F(p2p_sessions_test, either_person_may_end_it_and_both_hear) {
  const auto id = open(ana_, file_to("desktop"))->reply.answer.session_id;
  EXPECT_EQ(world_.read([&](context& c) { return list_sessions(c, ben_); })->sessions.size(), 1U);
  const auto end = [&](const caller& who) {
    return world_.change([&](context& c) { return close_session(c, who, id, "revoked"); });
  };
  EXPECT_EQ(end(world_.person("dan")).error().code, errc::session_unknown);
  const auto done = end(ben_);
  ASSERT_TRUE(done);
  EXPECT_EQ(receivers(done->effects, "p2p.session.revoked").size(), 2U);
  EXPECT_EQ(end(ana_).error().code, errc::session_unknown);
}

TEST_F(p2p_sessions_test, whoever_sends_shares_until_the_session_ends) {
  const auto laptop = device_id("laptop");
  const auto desktop = device_id("desktop");
  for (const auto& [kind, sender, sharing] :
       {std::tuple{"file", "initiator", laptop}, std::tuple{"folder", "initiator", laptop},
        std::tuple{"file", "target", desktop}, std::tuple{"screen", "initiator", laptop}}) {
    auto request = file_to("desktop");
    request.kind = kind;
    request.sender = sender;
    const auto opened = open(ana_, request);
    ASSERT_TRUE(opened) << opened.error().detail;
    EXPECT_TRUE(opened->effects.activities.empty()) << "the target has not acknowledged yet";
    EXPECT_EQ(opened->reply.activity.sharing, std::vector{sharing}) << kind << " " << sender;
    EXPECT_TRUE(opened->reply.activity.in_call.empty());
    const auto id = opened->reply.answer.session_id;
    world_.now += 60s;
    const auto renewed = renew(ana_, id);
    ASSERT_EQ(renewed->effects.activities.size(), 1U);
    EXPECT_EQ(renewed->effects.activities[0].sharing, std::vector{sharing});
    EXPECT_EQ(renewed->effects.activities[0].until, opened->reply.activity.until + 60s);
    const auto closed = world_.change([&](context& c) { return close_session(c, ana_, id, "closed"); });
    ASSERT_EQ(closed->effects.activities.size(), 1U);
    EXPECT_EQ(closed->effects.activities[0].session, id);
    EXPECT_TRUE(closed->effects.activities[0].sharing.empty());
  }
}

}  // namespace
}  // namespace mesh::services
