#include "server/services/guests.hpp"

#include "server/services/accounts.hpp"
#include "server/services/chat.hpp"
#include "server/services/direct.hpp"
#include "server/services/invitations.hpp"
#include "tests/support/server_world.hpp"

namespace mesh::services {
namespace {

using models::caller;
using testing_support::receivers;
using testing_support::server_world;

class guests_test : public testing::Test {
 protected:
  guests_test() { world_.join(room_, ben_); }

  std::string invitation(const char* role = "guest", std::int64_t uses = 3) {
    const auto made = world_.change(
        [&](context& c) { return create_invitation(c, ana_, room_, {role, std::nullopt, uses}); });
    return *made->reply.invitation.code;
  }
  auto ask(const std::string& code, const std::string& name, bool page = true) {
    return world_.change(
        [&](context& c) { return knock(c, {code, name}, {"203.0.113.9", "Mozilla/5.0", page}); });
  }
  wire::room_info seen_by(const caller& who) {
    return world_.read([&](context& c) { return get_room(c, who, room_); })->room;
  }
  auto let(const caller& who, const user_id& guest) {
    return world_.change([&](context& c) { return let_in(c, who, room_, guest); });
  }
  // The guest as the one who asks.
  caller as_caller(const wire::user_info& guest) {
    const auto login = world_.look([&](context& c) { return c.tx.logins().of_user(guest.id).at(0); });
    return {guest.id, guest.username, false, login.id, login.kind, std::nullopt, true, true, {}};
  }
  bool exists(const user_id& id) {
    return world_.look([&](context& c) { return c.tx.users().find(id).has_value(); });
  }

  server_world world_;
  caller ana_ = world_.person("ana");
  caller ben_ = world_.person("ben");
  room_id room_ = world_.room(ana_);
};

TEST_F(guests_test, a_guest_waits_until_somebody_lets_them_in) {
  const auto asked = ask(invitation(), "Paul");
  ASSERT_TRUE(asked) << asked.error().detail;
  EXPECT_TRUE(asked->reply.cookie);
  const auto& guest = asked->reply.tokens.user;
  EXPECT_EQ(guest.username, "~Paul");
  EXPECT_EQ(guest.guest, true);
  EXPECT_EQ(receivers(asked->effects, "room.updated"), (std::set<user_id>{ana_.user, ben_.user}));
  ASSERT_TRUE(seen_by(ben_).waiting);
  EXPECT_EQ(seen_by(ben_).waiting->at(0).username, "~Paul");
  const auto paul = as_caller(guest);
  EXPECT_EQ(world_.read([&](context& c) { return get_room(c, paul, room_); }).error().code, errc::not_found);
  const auto done = let(ben_, guest.id);
  ASSERT_TRUE(done) << done.error().detail;
  EXPECT_FALSE(done->reply.room.waiting);
  EXPECT_TRUE(receivers(done->effects, "room.joined").contains(guest.id));
  EXPECT_EQ(seen_by(paul).role, "guest");
  EXPECT_EQ(let(ben_, guest.id).error().code, errc::not_found);
}

TEST_F(guests_test, who_is_turned_away_is_gone) {
  const auto guest = ask(invitation(), "Paul")->reply.tokens.user;
  const auto done = world_.change([&](context& c) { return turn_away(c, ana_, room_, guest.id); });
  ASSERT_TRUE(done);
  EXPECT_EQ(done->effects.disconnects.back().user, guest.id);
  EXPECT_FALSE(exists(guest.id));
  EXPECT_FALSE(seen_by(ana_).waiting);
}

TEST_F(guests_test, only_those_who_may_invite_open_the_door) {
  const auto first = ask(invitation(), "Paul")->reply.tokens.user;
  ASSERT_TRUE(let(ana_, first.id));
  const auto second = ask(invitation(), "Paul")->reply.tokens.user;
  EXPECT_EQ(second.username, "~Paul 2");
  const auto paul = as_caller(first);
  EXPECT_FALSE(seen_by(paul).waiting);
  EXPECT_EQ(let(paul, second.id).error().code, errc::forbidden);
  EXPECT_EQ(let(world_.person("dan"), second.id).error().code, errc::not_found);
}

TEST_F(guests_test, what_is_not_a_proper_knock_is_refused) {
  EXPECT_EQ(ask("nothing", "Paul").error().code, errc::invitation_invalid);
  EXPECT_EQ(ask(invitation("member"), "Paul").error().code, errc::forbidden);
  EXPECT_EQ(ask(invitation(), "Paul", false).error().code, errc::forbidden);
  for (const auto& name : {std::string(), std::string("  "), std::string("a\nb"), std::string(33, 'x')})
    EXPECT_EQ(ask(invitation(), name).error().field, "name") << name;
  const auto once = invitation("guest", 1);
  ASSERT_TRUE(ask(once, "Paul"));
  EXPECT_EQ(ask(once, "Paula").error().code, errc::invitation_invalid);
  ASSERT_TRUE(world_.change([&](context& c) { return lock_room(c, ana_, room_, {true}); }));
  EXPECT_EQ(ask(invitation(), "Paula").error().code, errc::room_locked);
}

TEST_F(guests_test, a_guest_stays_a_guest) {
  const auto guest = ask(invitation(), "paul")->reply.tokens.user;
  ASSERT_TRUE(let(ana_, guest.id));
  const auto refused = [&](auto attempt) {
    const auto done = world_.change(attempt);
    return done ? std::string() : done.error().field;
  };
  EXPECT_EQ(refused([&](context& c) { return set_role(c, ana_, room_, guest.id, {"member"}); }), "role");
  EXPECT_EQ(refused([&](context& c) { return leave_room(c, ana_, room_, {guest.id}); }), "successor_id");
  EXPECT_EQ(world_.change([&](context& c) { return open_direct(c, ana_, {"~paul"}); }).error().code,
            errc::room_not_common);
  const auto other = world_.room(ana_, "Other");
  EXPECT_EQ(refused([&](context& c) { return add_member(c, ana_, other, {"~paul", {}}); }), "username");
}

TEST_F(guests_test, the_visit_ends_with_the_sign_in_the_place_or_the_room) {
  const auto visit = [&](const std::string& name) {
    const auto guest = ask(invitation(), name)->reply.tokens.user;
    EXPECT_TRUE(let(ana_, guest.id));
    return as_caller(guest);
  };
  const auto out = visit("Out");
  ASSERT_TRUE(world_.change([&](context& c) { return sign_out(c, out); }));
  EXPECT_FALSE(exists(out.user));
  const auto kicked = visit("Kicked");
  ASSERT_TRUE(world_.change([&](context& c) { return remove_other(c, ana_, room_, kicked.user); }));
  EXPECT_FALSE(exists(kicked.user));
  const auto leaver = visit("Leaver");
  ASSERT_TRUE(world_.change([&](context& c) { return leave_room(c, leaver, room_); }));
  EXPECT_FALSE(exists(leaver.user));
  const auto late = visit("Late");
  const auto waiting = ask(invitation(), "Waiting")->reply.tokens.user;
  ASSERT_TRUE(world_.change([&](context& c) { return end_visits(c); }));
  EXPECT_TRUE(exists(late.user));
  ASSERT_TRUE(world_.change([&](context& c) { return delete_room(c, ana_, room_); }));
  EXPECT_FALSE(exists(late.user));
  EXPECT_FALSE(exists(waiting.id));
}

TEST_F(guests_test, a_visit_is_over_after_twelve_hours) {
  const auto guest = ask(invitation(), "Paul")->reply.tokens.user;
  world_.now += std::chrono::hours(11);
  ASSERT_TRUE(world_.change([&](context& c) { return end_visits(c); }));
  EXPECT_TRUE(exists(guest.id));
  world_.now += std::chrono::hours(2);
  ASSERT_TRUE(world_.change([&](context& c) { return end_visits(c); }));
  EXPECT_FALSE(exists(guest.id));
}

TEST_F(guests_test, nobody_takes_a_guest_for_the_owner_who_has_no_password_yet) {
  ask(invitation(), "Paul");
  EXPECT_FALSE(world_.look([](context& c) { return c.tx.users().find_without_password(); }));
}

}  // namespace
}  // namespace mesh::services
