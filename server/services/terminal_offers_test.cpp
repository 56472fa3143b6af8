#include "server/services/terminal_offers.hpp"

#include "tests/support/server_world.hpp"

namespace mesh::services {
namespace {

using models::caller;
using testing_support::server_world;

// Ana's laptop shares; ben is in her room, eve is a guest there, tom is a stranger.
class terminal_offers_test : public testing::Test {
 protected:
  terminal_offers_test() {
    world_.join(room_, ben_);
    world_.join(room_, eve_, models::role::guest);
    world_.device(ana_, "laptop");
    world_.connect(ana_, "laptop");
    on_laptop_.device = device_id("laptop");
  }
  auto say(const caller& who, const wire::terminal_offer& offer) {
    wire::event event;
    event.type = "terminal.shared";
    event.payload = wire::make_payload(offer);
    auto done = world_.change([&](context& c) { return handle_event(c, who, event); });
    // As the hub does.
    if (done && done->reply.terminal) {
      auto& terminals = world_.presence.devices.at(*who.device).terminals;
      std::erase_if(terminals, [&](const auto& before) { return before.name == offer.name; });
      if (!offer.ended) terminals.push_back(*done->reply.terminal);
    }
    return done;
  }
  static std::set<user_id> hearers(const result<outcome<event_reply>>& done, std::size_t which = 0) {
    const auto& users = done->effects.events.at(which).users;
    return {users.begin(), users.end()};
  }
  std::vector<std::string> seen_by(const caller& who) {
    std::vector<std::string> names;
    for (const auto& one : world_.look([&](context& c) { return *list_terminals(c, who); }).terminals)
      names.push_back(one.device_id.str() + "/" + one.name);
    return names;
  }

  server_world world_;
  caller ana_ = world_.person("ana");
  caller ben_ = world_.person("ben");
  caller eve_ = world_.person("eve");
  caller tom_ = world_.person("tom");
  caller on_laptop_ = ana_;
  room_id room_ = world_.room(ana_);
};

TEST_F(terminal_offers_test, people_of_the_room_hear_of_its_terminals_and_list_them) {
  const auto done = say(on_laptop_, {"build", 80, 24, room_});
  ASSERT_TRUE(done) << done.error().detail;
  EXPECT_EQ(hearers(done), (std::set{ana_.user, ben_.user, eve_.user}));
  const auto& out = done->effects.events.at(0);
  EXPECT_EQ(out.except, device_id("laptop"));
  EXPECT_EQ(out.event.from, "device:laptop");
  const auto told = wire::payload_of<wire::terminal_shared>(out.event).value();
  EXPECT_EQ(told.username, "ana");
  EXPECT_EQ(told.name, "build");
  EXPECT_FALSE(told.ended);
  for (const auto& who : {ana_, ben_, eve_})
    EXPECT_EQ(seen_by(who), std::vector<std::string>{"laptop/build"});
  EXPECT_TRUE(seen_by(tom_).empty());
}

TEST_F(terminal_offers_test, without_a_room_it_is_the_sharers_own) {
  const auto done = say(on_laptop_, {"build", 80, 24, {}});
  EXPECT_EQ(hearers(done), std::set{ana_.user});
  EXPECT_EQ(seen_by(ana_), std::vector<std::string>{"laptop/build"});
  EXPECT_TRUE(seen_by(ben_).empty());
}

TEST_F(terminal_offers_test, one_person_of_the_room_may_be_meant) {
  world_.join(room_, tom_);
  const auto done = say(on_laptop_, {"build", 80, 24, room_, false, {}, ben_.user});
  EXPECT_EQ(hearers(done), (std::set{ana_.user, ben_.user}));
  EXPECT_EQ(wire::payload_of<wire::terminal_shared>(done->effects.events[0].event)->to_user_id, ben_.user);
  EXPECT_EQ(seen_by(ben_), std::vector<std::string>{"laptop/build"});
  for (const auto& who : {eve_, tom_}) EXPECT_TRUE(seen_by(who).empty());
  const auto other = say(on_laptop_, {"build", 80, 24, room_, false, {}, tom_.user});
  ASSERT_EQ(other->effects.events.size(), 2U);
  EXPECT_TRUE(hearers(other, 0).contains(ben_.user)) << "its end";
  EXPECT_EQ(hearers(other, 1), (std::set{ana_.user, tom_.user}));
  EXPECT_TRUE(seen_by(ben_).empty());
  EXPECT_EQ(hearers(say(on_laptop_, {"build", 80, 24, {}, true})), (std::set{ana_.user, tom_.user}));
}

TEST_F(terminal_offers_test, roles_that_may_not_look_hear_nothing) {
  world_.change([&](context& c) -> result<bool> {
    auto grid = c.tx.rooms().find_grid(room_);
    grid.guest.erase("terminal:view");
    c.tx.rooms().set_grid(room_, grid);
    return true;
  });
  EXPECT_EQ(hearers(say(on_laptop_, {"build", 80, 24, room_})), (std::set{ana_.user, ben_.user}));
  EXPECT_TRUE(seen_by(eve_).empty());
}

TEST_F(terminal_offers_test, the_end_is_told_to_the_same_people_whatever_room_it_names) {
  (void)say(on_laptop_, {"build", 80, 24, room_});
  const auto done = say(on_laptop_, {"build", 80, 24, {}, true});
  ASSERT_EQ(done->effects.events.size(), 2U);
  EXPECT_TRUE(hearers(done).contains(ben_.user));
  EXPECT_TRUE(wire::payload_of<wire::terminal_shared>(done->effects.events[0].event)->ended);
  EXPECT_TRUE(seen_by(ben_).empty());
  EXPECT_TRUE(say(on_laptop_, {"build", 80, 24, {}, true})->effects.events.empty()) << "it was over already";
}

TEST_F(terminal_offers_test, who_may_look_no_longer_hears_of_its_end) {
  (void)say(on_laptop_, {"build", 80, 24, room_});
  const auto done = say(on_laptop_, {"build", 80, 24, {}});
  ASSERT_EQ(done->effects.events.size(), 2U);
  EXPECT_TRUE(hearers(done, 0).contains(ben_.user));
  EXPECT_EQ(hearers(done, 1), std::set{ana_.user});
}

TEST_F(terminal_offers_test, a_sharer_who_left_the_room_shares_nothing_there) {
  world_.join(room_, tom_, models::role::owner);
  (void)say(on_laptop_, {"build", 80, 24, room_});
  const auto left = world_.change([&](context& c) { return leave_room(c, ana_, room_); });
  ASSERT_TRUE(left) << left.error().detail;
  EXPECT_TRUE(seen_by(ben_).empty());
  EXPECT_EQ(say(on_laptop_, {"other", 80, 24, room_}).error().code, errc::not_member);
}

TEST_F(terminal_offers_test, the_connection_that_is_gone_ends_what_it_announced) {
  const auto effects =
      world_.look([&](context& c) { return end_terminals(c, on_laptop_, {{"build", 80, 24, room_}}); });
  ASSERT_EQ(effects.events.size(), 1U);
  EXPECT_TRUE(wire::payload_of<wire::terminal_shared>(effects.events[0].event)->ended);
  EXPECT_EQ(effects.events[0].users.size(), 3U);
}

TEST_F(terminal_offers_test, only_an_agent_shares_within_bounds) {
  auto page = ana_;
  page.device = device_id("page");
  world_.connect(ana_, "page");
  world_.presence.devices[device_id("page")].kind = "browser";
  EXPECT_EQ(say(page, {"build", 80, 24, {}}).error().code, errc::forbidden);
  EXPECT_EQ(say(ana_, {"build", 80, 24, {}}).error().code, errc::forbidden);
  const struct {
    wire::terminal_offer offer;
    errc code;
  } bad[] = {
      {{"", 80, 24, {}}, errc::field_too_short},
      {{std::string(65, 'a'), 80, 24, {}}, errc::field_too_long},
      {{"bu\x1bild", 80, 24, {}}, errc::field_invalid},
      {{"build", 0, 24, {}}, errc::field_invalid},
      {{"build", 1001, 24, {}}, errc::field_invalid},
      {{"build", 80, 501, {}}, errc::field_invalid},
      {{"build", 80, 24, {}, false, {}, ben_.user}, errc::field_missing},
      {{"build", 80, 24, room_, false, {}, tom_.user}, errc::not_member},
  };
  for (const auto& one : bad) EXPECT_EQ(say(on_laptop_, one.offer).error().code, one.code) << one.offer.name;
  for (std::size_t i = 0; i < limits::terminals_max; ++i)
    ASSERT_TRUE(say(on_laptop_, {"t" + std::to_string(i), 80, 24, {}}));
  EXPECT_EQ(say(on_laptop_, {"more", 80, 24, {}}).error().code, errc::busy);
  EXPECT_TRUE(say(on_laptop_, {"t0", 90, 24, {}})) << "a new size of one that is known";
}

}  // namespace
}  // namespace mesh::services
