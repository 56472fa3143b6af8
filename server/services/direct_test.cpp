#include "server/services/direct.hpp"

#include "server/services/chat.hpp"
#include "server/services/invitations.hpp"
#include "tests/support/server_world.hpp"

namespace mesh::services {
namespace {

using models::caller;
using testing_support::receivers;
using testing_support::server_world;

class direct_test : public testing::Test {
 protected:
  direct_test() { world_.join(room_, ben_); }
  auto open(const caller& who, const std::string& name) {
    return world_.change([&](context& c) { return open_direct(c, who, {name}); });
  }

  server_world world_;
  caller ana_ = world_.person("ana");
  caller ben_ = world_.person("ben");
  room_id room_ = world_.room(ana_);
};

TEST_F(direct_test, two_people_have_one_conversation_each_under_the_others_name) {
  const auto first = open(ana_, "Ben");
  ASSERT_TRUE(first) << first.error().detail;
  EXPECT_TRUE(first->reply.created);
  const auto& room = first->reply.answer.room;
  EXPECT_EQ(room.name, "ben");
  EXPECT_EQ(room.kind, "direct");
  EXPECT_EQ(room.members.size(), 2U);
  EXPECT_EQ(receivers(first->effects, "room.joined"), (std::set<user_id>{ana_.user, ben_.user}));
  const auto again = open(ben_, "ana");
  ASSERT_TRUE(again);
  EXPECT_FALSE(again->reply.created);
  EXPECT_EQ(again->reply.answer.room.id, room.id);
  EXPECT_EQ(again->reply.answer.room.name, "ana");
  EXPECT_TRUE(again->effects.events.empty());
}

TEST_F(direct_test, only_members_of_a_common_room_are_reached) {
  const auto cid = world_.person("cid");
  const auto dan = world_.person("dan");
  world_.join(room_, cid, models::role::guest);
  EXPECT_EQ(open(ana_, "dan").error().code, errc::room_not_common);
  EXPECT_EQ(open(cid, "ana").error().code, errc::room_not_common);
  EXPECT_EQ(open(ana_, "cid").error().code, errc::room_not_common);
  EXPECT_EQ(open(ana_, "nobody").error().code, errc::not_found);
  EXPECT_EQ(open(ana_, "ana").error().code, errc::field_invalid);
}

TEST_F(direct_test, nobody_changes_it_or_brings_others_in) {
  const auto id = open(ana_, "ben")->reply.answer.room.id;
  const auto refused = [&](auto attempt) {
    const auto done = world_.change(attempt);
    return done ? errc::internal : done.error().code;
  };
  EXPECT_EQ(refused([&](context& c) { return create_invitation(c, ana_, id, {}); }), errc::direct_room);
  EXPECT_EQ(refused([&](context& c) { return rename_room(c, ana_, id, {"Mine"}); }), errc::direct_room);
  EXPECT_EQ(refused([&](context& c) { return set_grid(c, ana_, id, {}); }), errc::direct_room);
  EXPECT_EQ(refused([&](context& c) { return lock_room(c, ana_, id, {true}); }), errc::direct_room);
  EXPECT_EQ(refused([&](context& c) { return delete_room(c, ana_, id); }), errc::direct_room);
  EXPECT_EQ(refused([&](context& c) { return remove_other(c, ana_, id, ben_.user); }), errc::direct_room);
  EXPECT_EQ(refused([&](context& c) { return add_member(c, ana_, id, {"ben", {}}); }), errc::direct_room);
  EXPECT_TRUE(world_.change([&](context& c) { return send_message(c, ben_, id, {"hello", "1"}); }));
}

TEST_F(direct_test, whoever_left_comes_back_to_what_was_said) {
  const auto id = open(ana_, "ben")->reply.answer.room.id;
  ASSERT_TRUE(world_.change([&](context& c) { return send_message(c, ben_, id, {"hello", "1"}); }));
  ASSERT_TRUE(world_.change([&](context& c) { return leave_room(c, ben_, id); }));
  const auto alone = world_.read([&](context& c) { return get_room(c, ana_, id); });
  EXPECT_EQ(alone->room.name, "ben");
  const auto back = open(ana_, "ben");
  ASSERT_TRUE(back);
  EXPECT_EQ(back->reply.answer.room.id, id);
  EXPECT_EQ(back->reply.answer.room.last_seq, 1);
  EXPECT_EQ(receivers(back->effects, "room.joined"), (std::set<user_id>{ana_.user, ben_.user}));
}

}  // namespace
}  // namespace mesh::services
