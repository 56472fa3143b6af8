#include "server/services/terminal_control.hpp"

#include "server/services/p2p_sessions.hpp"
#include "server/services/terminal_offers.hpp"
#include "tests/support/server_world.hpp"

namespace mesh::services {
namespace {

using namespace std::chrono_literals;
using models::caller;
using testing_support::server_world;

// Ana's laptop shares; Ben looks from his desktop, Eve from hers.
class terminal_control_test : public testing::Test {
 protected:
  terminal_control_test() {
    world_.join(room_, ben_);
    world_.join(room_, eve_);
    for (const auto& [who, name] : {std::pair{&ana_, "laptop"}, {&ben_, "desktop"}, {&eve_, "tower"}}) {
      world_.device(*who, name);
      world_.connect(*who, name);
      who->device = device_id(name);
    }
    bens_ = share_with("desktop");
    eves_ = share_with("tower");
  }
  session_id share_with(const std::string& device, const std::string& kind = "terminal") {
    wire::p2p_session_request request;
    request.kind = kind;
    request.target_device_id = device_id(device);
    return world_.change([&](context& c) { return open_session(c, ana_, request); })->reply.answer.session_id;
  }
  auto say(const caller& who, const std::string& what, wire::terminal_control payload) {
    wire::event e;
    e.type = "terminal.control." + what;
    e.payload = wire::make_payload(payload);
    return world_.change([&](context& c) { return handle_event(c, who, e); });
  }
  wire::terminal_control grant(const session_id& to) {
    return {.session_id = to, .user_id = {}, .name = "build"};
  }
  static wire::terminal_control told(const result<outcome<event_reply>>& done, std::size_t which = 0) {
    return wire::payload_of<wire::terminal_control>(done->effects.events.at(which).event).value();
  }

  server_world world_;
  caller ana_ = world_.person("ana");
  caller ben_ = world_.person("ben");
  caller eve_ = world_.person("eve");
  room_id room_ = world_.room(ana_);
  session_id bens_, eves_;
};

TEST_F(terminal_control_test, a_viewer_asks_the_machine_that_shares) {
  const auto done = say(ben_, "request", {.session_id = bens_, .user_id = eve_.user});
  ASSERT_TRUE(done) << done.error().detail;
  EXPECT_EQ(done->effects.events.at(0).devices, std::vector{device_id("laptop")});
  EXPECT_EQ(told(done).user_id, ben_.user);
}

TEST_F(terminal_control_test, a_lease_has_an_epoch_and_there_is_one_at_a_time) {
  const auto first = say(ana_, "granted", grant(bens_));
  ASSERT_TRUE(first) << first.error().detail;
  EXPECT_EQ(told(first).epoch, 1);
  EXPECT_EQ(first->effects.events.at(0).devices, (std::vector{device_id("desktop"), device_id("laptop")}));
  const auto second = say(ana_, "granted", grant(eves_));
  ASSERT_TRUE(second);
  ASSERT_EQ(second->effects.events.size(), 2U);
  EXPECT_EQ(second->effects.events.at(0).event.type, "terminal.control.revoked");
  EXPECT_EQ(second->effects.events.at(0).devices, std::vector{device_id("desktop")});
  EXPECT_EQ(told(second, 1).epoch, 2);
  EXPECT_EQ(told(say(ana_, "granted", grant(eves_))).epoch, 3);
  auto of_a_machine_that_knows_more = grant(bens_);
  of_a_machine_that_knows_more.epoch = 40;
  EXPECT_EQ(told(say(ana_, "granted", of_a_machine_that_knows_more), 1).epoch, 41) << "an epoch only grows";
}

TEST_F(terminal_control_test, nobody_but_the_machine_that_shares_grants_or_denies) {
  auto elsewhere = ana_;
  elsewhere.device = device_id("phone");
  for (const auto& who : {ben_, eve_, elsewhere}) {
    EXPECT_EQ(say(who, "granted", grant(bens_)).error().code, errc::forbidden);
    EXPECT_EQ(say(who, "denied", grant(bens_)).error().code, errc::forbidden);
  }
}

TEST_F(terminal_control_test, others_neither_ask_for_a_viewer_nor_take_his_keyboard) {
  EXPECT_EQ(say(eve_, "request", {.session_id = bens_, .user_id = ben_.user}).error().code, errc::forbidden);
  EXPECT_EQ(say(eve_, "revoked", {.session_id = bens_, .user_id = ben_.user}).error().code, errc::forbidden);
}

TEST_F(terminal_control_test, the_viewer_gives_it_back_and_an_owner_takes_it) {
  auto ana_at_a_page = ana_;
  ana_at_a_page.device = std::nullopt;
  std::int64_t epoch = 0;
  for (const auto& who : {ben_, ana_, ana_at_a_page}) {
    ASSERT_TRUE(say(ana_, "granted", grant(bens_)));
    const auto done = say(who, "revoked", {.session_id = bens_, .user_id = ben_.user, .reason = "released"});
    ASSERT_TRUE(done) << done.error().detail;
    EXPECT_EQ(told(done).epoch, ++epoch);
    EXPECT_EQ(told(done).reason, "released");
    EXPECT_EQ(done->effects.events.at(0).devices, (std::vector{device_id("desktop"), device_id("laptop")}));
  }
  EXPECT_TRUE(say(ben_, "revoked", {.session_id = bens_, .user_id = ben_.user})->effects.events.empty())
      << "there is nothing to take";
  // Over: the next one is nobody's successor.
  EXPECT_EQ(say(ana_, "granted", grant(eves_))->effects.events.size(), 1U);
}

TEST_F(terminal_control_test, the_grid_of_the_room_decides_who_may_type) {
  const struct {
    models::role role;
    std::set<std::string> caps;
    bool may;
  } cases[] = {
      {models::role::owner, {"terminal:view", "terminal:control"}, true},
      {models::role::member, {"terminal:view", "terminal:control"}, true},
      {models::role::guest, {"terminal:view", "terminal:control"}, true},
      {models::role::owner, {"terminal:view"}, false},
      {models::role::member, {"terminal:view"}, false},
      {models::role::guest, {"terminal:view"}, false},
      {models::role::member, {"call"}, false},
  };
  for (const auto& one : cases) {
    world_.change([&](context& c) -> result<bool> {
      c.tx.rooms().set_role(room_, ben_.user, one.role);
      auto grid = c.tx.rooms().find_grid(room_);
      grid.of(one.role) = one.caps;
      c.tx.rooms().set_grid(room_, grid);
      return true;
    });
    const auto asked = say(ben_, "request", {.session_id = bens_, .user_id = ben_.user});
    const auto granted = say(ana_, "granted", grant(bens_));
    EXPECT_EQ(asked.has_value(), one.may);
    EXPECT_EQ(granted.has_value(), one.may);
    if (!one.may) EXPECT_EQ(granted.error().code, errc::capability_denied);
    if (!one.may) EXPECT_EQ(asked.error().code, errc::capability_denied);
  }
}

// What ends a lease without anybody asking for it, and whom it is told.
TEST_F(terminal_control_test, a_lease_ends_with_the_right_to_it) {
  const auto lease = [&] {
    return world_.look([&](context& c) { return c.tx.leases().find(device_id("laptop"), "build"); });
  };
  const auto revoked = [](const models::effects& effects) {
    return testing_support::events_of(effects, "terminal.control.revoked");
  };
  const auto over = [&] { return lease()->expires_at <= world_.now; };
  // The role of the room takes typing from ben, but not looking.
  ASSERT_TRUE(say(ana_, "granted", grant(bens_)));
  EXPECT_FALSE(over());
  auto words = world_.look([&](context& c) { return get_grid(c, ana_, room_); })->grid;
  std::erase(words.member, "terminal:control");
  const auto changed = world_.change([&](context& c) { return set_grid(c, ana_, room_, {words}); });
  ASSERT_TRUE(changed) << changed.error().detail;
  ASSERT_EQ(revoked(changed->effects).size(), 1U);
  EXPECT_EQ(revoked(changed->effects)[0].devices, (std::vector{device_id("desktop"), device_id("laptop")}));
  EXPECT_TRUE(over());
  words.member.push_back("terminal:control");
  ASSERT_TRUE(world_.change([&](context& c) { return set_grid(c, ana_, room_, {words}); }));
  // The session is closed.
  ASSERT_TRUE(say(ana_, "granted", grant(bens_)));
  const auto closed = world_.change([&](context& c) { return close_session(c, ben_, bens_, "closed"); });
  EXPECT_EQ(revoked(closed->effects).size(), 1U);
  EXPECT_TRUE(over());
  // The viewer's device is revoked.
  ASSERT_TRUE(say(ana_, "granted", grant(eves_)));
  auto eve = eve_;
  eve.device.reset();
  const auto gone = world_.change([&](context& c) { return revoke_device(c, eve, device_id("tower")); });
  ASSERT_TRUE(gone) << gone.error().detail;
  EXPECT_EQ(revoked(gone->effects).size(), 1U);
  EXPECT_TRUE(over());
  EXPECT_EQ(lease()->epoch, 3) << "the epoch is remembered";
}

TEST_F(terminal_control_test, a_lease_ends_with_its_viewer_in_the_room_and_with_its_terminal) {
  ASSERT_TRUE(say(ana_, "granted", grant(bens_)));
  const auto left = world_.change([&](context& c) { return leave_room(c, ben_, room_); });
  ASSERT_TRUE(left) << left.error().detail;
  EXPECT_EQ(testing_support::events_of(left->effects, "terminal.control.revoked").size(), 1U);
  ASSERT_TRUE(say(ana_, "granted", grant(eves_)));
  world_.presence.devices.at(device_id("laptop")).terminals = {{"build", 80, 24, room_}};
  wire::event ended;
  ended.type = "terminal.shared";
  ended.payload = wire::make_payload(wire::terminal_offer{"build", 80, 24, room_, true});
  const auto done = world_.change([&](context& c) { return handle_event(c, ana_, ended); });
  ASSERT_TRUE(done) << done.error().detail;
  const auto told_of = testing_support::events_of(done->effects, "terminal.control.revoked");
  ASSERT_EQ(told_of.size(), 1U);
  EXPECT_EQ(told_of[0].devices.at(0), device_id("tower"));
}

TEST_F(terminal_control_test, those_who_may_look_see_who_types) {
  world_.presence.devices.at(device_id("laptop")).terminals = {{"build", 80, 24, room_}};
  const auto granted = say(ana_, "granted", grant(bens_));
  const auto shared = testing_support::events_of(granted->effects, "terminal.shared");
  ASSERT_EQ(shared.size(), 1U);
  const auto seen = wire::payload_of<wire::terminal_shared>(shared[0].event).value();
  ASSERT_TRUE(seen.controller);
  EXPECT_EQ(seen.controller->username, "ben");
  EXPECT_EQ(seen.controller->session_id, bens_);
  const auto listed = [&] {
    return world_.look([&](context& c) { return *list_terminals(c, eve_); }).terminals.at(0);
  };
  EXPECT_TRUE(listed().controller);
  world_.now += limits::terminal_control_life;
  EXPECT_FALSE(listed().controller) << "its time is over";
}

// What ended while the server was away, the machine hears when it announces the terminal anew.
TEST_F(terminal_control_test, a_machine_that_comes_back_hears_of_a_lease_that_ended) {
  ASSERT_TRUE(say(ana_, "granted", grant(bens_)));
  const auto announce = [&](std::int64_t epoch) {
    wire::event shared;
    shared.type = "terminal.shared";
    shared.payload = wire::make_payload(wire::terminal_offer{"build", 80, 24, room_, false, epoch});
    const auto done = world_.change([&](context& c) { return handle_event(c, ana_, shared); });
    return testing_support::events_of(done->effects, "terminal.control.revoked");
  };
  EXPECT_TRUE(announce(1).empty()) << "it goes on";
  EXPECT_EQ(announce(0).size(), 1U) << "the machine took it back meanwhile";
  EXPECT_EQ(told(say(ana_, "granted", grant(bens_))).epoch, 2);
  world_.now += limits::terminal_control_life;
  const auto heard = announce(2);
  ASSERT_EQ(heard.size(), 1U);
  EXPECT_EQ(heard[0].devices, std::vector{device_id("laptop")});
  EXPECT_EQ(wire::payload_of<wire::terminal_control>(heard[0].event)->epoch, 2);
}

TEST_F(terminal_control_test, what_is_no_lease_is_refused) {
  EXPECT_EQ(say(ana_, "granted", {.session_id = bens_, .user_id = ben_.user}).error().code,
            errc::field_missing);
  for (const auto* until : {"2020-01-01T00:00:00Z", "2999-01-01T00:00:00Z", "soon"}) {
    auto lease = grant(bens_);
    lease.expires_at = until;
    EXPECT_EQ(say(ana_, "granted", lease).error().code, errc::field_invalid) << until;
  }
  EXPECT_EQ(say(ana_, "granted", grant(session_id("ses_none"))).error().code, errc::session_unknown);
  EXPECT_EQ(say(ana_, "granted", grant(share_with("desktop", "file"))).error().code, errc::session_unknown);
}

}  // namespace
}  // namespace mesh::services
