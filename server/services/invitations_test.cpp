#include "server/services/invitations.hpp"

#include "tests/support/server_world.hpp"

namespace mesh::services {
namespace {

using models::caller;
using testing_support::server_world;

class invitations_test : public testing::Test {
 protected:
  std::string invite(const caller& who, wire::invitation_request request = {}) {
    const auto made = world_.change([&](context& c) { return create_invitation(c, who, room_, request); });
    EXPECT_TRUE(made) << made.error().detail;
    return *made->reply.invitation.code;
  }
  auto accept(const caller& who, const std::string& code) {
    return world_.change([&](context& c) { return accept_invitation(c, who, code); });
  }

  server_world world_;
  caller ana_ = world_.person("ana");
  caller ben_ = world_.person("ben");
  caller cid_ = world_.person("cid");
  room_id room_ = world_.room(ana_);
};

TEST_F(invitations_test, the_link_is_shown_once_and_lets_one_person_in) {
  const auto made = world_.change([&](context& c) { return create_invitation(c, ana_, room_, {}); });
  const auto& invitation = made->reply.invitation;
  EXPECT_EQ(*invitation.url, "http://localhost:8000/#/invite/" + *invitation.code);
  EXPECT_EQ(invitation.uses_left, 1);
  EXPECT_EQ(invitation.expires_at, format_rfc3339(world_.now + std::chrono::hours(24)));
  const auto list = world_.read([&](context& c) { return list_invitations(c, ana_, room_); });
  ASSERT_EQ(list->invitations.size(), 1U);
  EXPECT_FALSE(list->invitations[0].code);
  EXPECT_FALSE(list->invitations[0].url);
  const auto preview = world_.read([&](context& c) { return preview_invitation(c, *invitation.code); });
  EXPECT_EQ(preview->room_name, "Atelier");
  EXPECT_EQ(preview->invited_by, "ana");
  const auto joined = accept(ben_, *invitation.code);
  ASSERT_TRUE(joined);
  EXPECT_EQ(joined->reply.room.role, "member");
  EXPECT_EQ(accept(cid_, *invitation.code).error().code, errc::invitation_invalid);
}

TEST_F(invitations_test, unknown_expired_and_withdrawn_ones_look_the_same) {
  const auto code = invite(ana_, {"guest", 60, 2});
  EXPECT_EQ(
      accept(ben_, "nonsense").error(),
      (error{errc::invitation_invalid, "this invitation does not exist, was used or has expired", "code"}));
  world_.now += std::chrono::seconds(60);
  EXPECT_EQ(accept(ben_, code).error().code, errc::invitation_invalid);
  EXPECT_EQ(world_.read([&](context& c) { return preview_invitation(c, code); }).error().code,
            errc::invitation_invalid);
  const auto second = invite(ana_);
  const auto id =
      world_.read([&](context& c) { return list_invitations(c, ana_, room_); })->invitations.at(0).id;
  EXPECT_EQ(world_.change([&](context& c) { return delete_invitation(c, ben_, id); }).error().code,
            errc::not_found);
  ASSERT_TRUE(world_.change([&](context& c) { return delete_invitation(c, ana_, id); }));
  EXPECT_EQ(accept(ben_, second).error().code, errc::invitation_invalid);
}

TEST_F(invitations_test, one_made_by_a_person_who_was_removed_opens_nothing) {
  ASSERT_TRUE(accept(ben_, invite(ana_)));
  const auto code = invite(ben_);
  ASSERT_TRUE(world_.change([&](context& c) { return remove_other(c, ana_, room_, ben_.user); }));
  EXPECT_EQ(accept(ben_, code).error().code, errc::invitation_invalid);
  EXPECT_EQ(accept(cid_, code).error().code, errc::invitation_invalid);
}

TEST_F(invitations_test, a_member_withdraws_only_what_they_made) {
  ASSERT_TRUE(accept(ben_, invite(ana_)));
  static_cast<void>(invite(ana_));
  static_cast<void>(invite(ben_));
  const auto list = world_.read([&](context& c) { return list_invitations(c, ben_, room_); });
  ASSERT_EQ(list->invitations.size(), 2U);
  const auto withdraw = [&](const caller& who, std::size_t i) {
    return world_.change([&](context& c) { return delete_invitation(c, who, list->invitations.at(i).id); });
  };
  int refused = 0;
  for (const std::size_t i : {0U, 1U}) {
    const auto done = withdraw(ben_, i);
    if (!done) {
      EXPECT_EQ(done.error().code, errc::forbidden);
      ++refused;
      EXPECT_TRUE(withdraw(ana_, i));
    }
  }
  EXPECT_EQ(refused, 1);
}

TEST_F(invitations_test, a_use_is_not_lost_when_joining_fails) {
  const auto code = invite(ana_, {{}, {}, 2});
  ASSERT_TRUE(accept(ben_, code));
  EXPECT_EQ(accept(ben_, code).error().code, errc::already_member);
  EXPECT_TRUE(accept(cid_, code));
}

TEST_F(invitations_test, values_out_of_range_are_named) {
  struct row {
    wire::invitation_request request;
    std::string field;
  };
  const row table[] = {{{"owner", {}, {}}, "role"},  {{"king", {}, {}}, "role"},
                       {{{}, 59, {}}, "expires_in"}, {{{}, 31LL * 24 * 3600, {}}, "expires_in"},
                       {{{}, {}, 0}, "max_uses"},    {{{}, {}, 101}, "max_uses"},
                       {{{}, -1, {}}, "expires_in"}};
  for (const auto& [request, field] : table) {
    const auto made = world_.change([&](context& c) { return create_invitation(c, ana_, room_, request); });
    ASSERT_FALSE(made) << field;
    EXPECT_EQ(made.error().code, errc::field_invalid);
    EXPECT_EQ(made.error().field, field);
  }
}

}  // namespace
}  // namespace mesh::services
