#include "server/services/accounts.hpp"

#include "server/services/chat.hpp"
#include "server/services/invitations.hpp"
#include "server/services/setup.hpp"
#include "tests/support/server_world.hpp"

namespace mesh::services {
namespace {

using models::caller;
using testing_support::receivers;
using testing_support::server_world;

const models::client program{"192.0.2.1", "curl/8", false};

class accounts_test : public testing::Test {
 protected:
  auto sign_up(const std::string& name, std::optional<std::string> invitation = {}) {
    const wire::register_request request{name, "a long enough password", std::move(invitation)};
    return world_.change([&](context& c) { return register_user(c, request, "hash-of-" + name, program); });
  }
  server_world world_;
};

TEST_F(accounts_test, the_first_account_is_free_and_owns_the_server) {
  world_.settings.loopback_only = false;
  const auto first = sign_up("ana");
  ASSERT_TRUE(first) << first.error().detail;
  EXPECT_TRUE(first->reply.tokens.access_token);
  EXPECT_TRUE(world_.look([&](context& c) { return c.tx.users().find_by_name("ana")->admin; }));
  const auto second = sign_up("ben");
  EXPECT_EQ(second.error().code, errc::invitation_required);
  EXPECT_EQ(second.error().field, "invitation");
}

TEST_F(accounts_test, others_register_on_loopback_when_open_or_with_an_invitation) {
  ASSERT_TRUE(sign_up("ana"));
  EXPECT_TRUE(sign_up("ben"));  // loopback only
  EXPECT_FALSE(world_.look([&](context& c) { return c.tx.users().find_by_name("ben")->admin; }));
  world_.settings.loopback_only = false;
  EXPECT_FALSE(sign_up("cid"));
  world_.settings.open_registration = true;
  EXPECT_TRUE(sign_up("cid"));
  world_.settings.open_registration = false;
  const auto owner = world_.person("owner-of-room");
  const auto room = world_.room(owner);
  const auto invitation =
      world_.change([&](context& c) { return create_invitation(c, owner, room, {"guest", {}, {}}); });
  EXPECT_EQ(sign_up("dan", "wrong").error().code, errc::invitation_invalid);
  const auto invited = sign_up("dan", invitation->reply.invitation.code);
  ASSERT_TRUE(invited) << invited.error().detail;
  EXPECT_EQ(world_.read([&](context& c) { return get_room(c, owner, room); })->room.members.size(), 2U);
  EXPECT_EQ(receivers(invited->effects, "room.joined").size(), 2U);
  EXPECT_EQ(sign_up("eve", invitation->reply.invitation.code).error().code, errc::invitation_invalid);
}

TEST_F(accounts_test, names_are_unique_whatever_their_case) {
  ASSERT_TRUE(sign_up("ana"));
  EXPECT_EQ(sign_up("ANA").error().code, errc::username_taken);
  EXPECT_EQ(sign_up("deleted-user").error().field, "username");
}

TEST_F(accounts_test, signing_in_needs_the_hash_that_was_compared) {
  const auto ana = world_.person("ana");
  const auto hash = world_.read([&](context& c) { return find_password_hash(c, "Ana"); });
  EXPECT_EQ(hash.value(), "hash-of-ana");
  EXPECT_EQ(world_.read([&](context& c) { return find_password_hash(c, "nobody"); }).value(), "");
  EXPECT_TRUE(world_.change([&](context& c) { return log_in(c, "ana", *hash, program); }));
  for (const auto* wrong : {"", "another"})
    EXPECT_EQ(world_.change([&](context& c) { return log_in(c, "ana", wrong, program); }).error().code,
              errc::invalid_credentials);
  EXPECT_EQ(world_.change([&](context& c) { return log_in(c, "nobody", "", program); }).error().code,
            errc::invalid_credentials);
}

TEST_F(accounts_test, a_new_password_ends_the_other_sign_ins) {
  const auto ana = world_.person("ana");
  const auto other = world_.change([&](context& c) { return log_in(c, "ana", "hash-of-ana", program); });
  const auto done = world_.change([&](context& c) { return change_password(c, ana, "hash-of-ana", "new"); });
  ASSERT_TRUE(done);
  EXPECT_EQ(done->effects.disconnects.size(), 1U);
  EXPECT_EQ(world_.look([&](context& c) { return c.tx.logins().of_user(ana.user).size(); }), 1U);
  EXPECT_EQ(
      world_.change([&](context& c) { return change_password(c, ana, "hash-of-ana", "x"); }).error().code,
      errc::invalid_credentials);
}

TEST_F(accounts_test, a_deleted_account_leaves_its_words_under_no_name) {
  const auto ana = world_.person("ana");
  const auto ben = world_.person("ben");
  world_.device(ben, "desktop");
  const auto room = world_.room(ana);
  const auto own_room = world_.room(ben, "Own");
  world_.join(room, ben);
  ASSERT_TRUE(world_.change([&](context& c) { return send_message(c, ben, room, {"hello", "1"}); }));
  const auto done = world_.change([&](context& c) { return delete_account(c, ben, "hash-of-ben"); });
  ASSERT_TRUE(done) << done.error().detail;
  EXPECT_TRUE(receivers(done->effects, "room.left").contains(ana.user));
  EXPECT_TRUE(receivers(done->effects, "device.revoked").contains(ana.user));
  EXPECT_EQ(done->effects.disconnects.back().user, ben.user);
  const auto list = world_.read([&](context& c) { return list_messages(c, ana, room, {}); });
  EXPECT_EQ(list->messages.at(0).username, "deleted-user");
  EXPECT_EQ(list->messages.at(0).text, "hello");
  world_.look([&](context& c) {
    EXPECT_FALSE(c.tx.users().find(ben.user));
    EXPECT_FALSE(c.tx.rooms().find(own_room));
    EXPECT_FALSE(c.tx.devices().find(device_id("desktop")));
    EXPECT_TRUE(c.tx.logins().of_user(ben.user).empty());
    return true;
  });
  EXPECT_NE(world_.person("ben").user, ben.user);  // the name is free again
}

TEST_F(accounts_test, the_only_owner_of_a_room_with_others_must_hand_it_on_first) {
  const auto ana = world_.person("ana");
  const auto room = world_.room(ana);
  world_.join(room, world_.person("ben"));
  const auto refused = world_.change([&](context& c) { return delete_account(c, ana, "hash-of-ana"); });
  EXPECT_EQ(refused.error().code, errc::last_owner);
  EXPECT_TRUE(world_.look([&](context& c) { return c.tx.users().find(ana.user).has_value(); }));
}

class setup_test : public accounts_test {
 protected:
  std::optional<owner_setup> prepare() {
    return *world_.change([](context& c) { return prepare_owner(c); });
  }
  auto finish(const std::string& token, const std::string& name) {
    return world_.change(
        [&](context& c) { return set_up(c, {token, name, "a long password"}, "hash", program); });
  }
};

TEST_F(setup_test, the_link_names_the_owner_once) {
  const auto link = prepare();
  ASSERT_TRUE(link);
  EXPECT_EQ(finish("wrong", "ana").error().code, errc::invalid_credentials);
  const auto done = finish(link->token, "ana");
  ASSERT_TRUE(done) << done.error().detail;
  EXPECT_EQ(done->reply.tokens.user.id, link->owner);
  EXPECT_EQ(done->reply.tokens.user.username, "ana");
  EXPECT_EQ(finish(link->token, "ana").error().code, errc::setup_done);
  EXPECT_FALSE(prepare());
}

TEST_F(setup_test, a_new_link_replaces_the_old_one_and_keeps_the_account) {
  const auto first = prepare();
  const auto second = prepare();
  EXPECT_EQ(first->owner, second->owner);
  EXPECT_EQ(finish(first->token, "ana").error().code, errc::invalid_credentials);
  EXPECT_TRUE(finish(second->token, "ana"));
}

TEST_F(setup_test, nobody_signs_in_as_an_owner_without_a_password) {
  ASSERT_TRUE(prepare());
  EXPECT_EQ(world_.read([&](context& c) { return find_password_hash(c, "owner"); }).value(), "");
  EXPECT_FALSE(world_.change([&](context& c) { return log_in(c, "owner", "", program); }));
}

TEST_F(setup_test, is_over_where_people_registered) {
  ASSERT_TRUE(sign_up("ana"));
  EXPECT_FALSE(prepare());
  EXPECT_EQ(finish("token", "ben").error().code, errc::setup_done);
}

TEST_F(setup_test, the_operator_adds_people_and_resets_passwords) {
  const auto add = [&](const std::string& name) {
    return world_.change([&](context& c) { return add_user(c, name, "h"); });
  };
  EXPECT_TRUE(add("ana")->admin);
  EXPECT_FALSE(add("ben")->admin);
  EXPECT_EQ(add("Ben").error().code, errc::username_taken);
  ASSERT_TRUE(world_.change([&](context& c) { return log_in(c, "ben", "h", program); }));
  const auto reset = world_.change([&](context& c) { return reset_password(c, "ben", "h2"); });
  ASSERT_TRUE(reset);
  EXPECT_EQ(reset->effects.disconnects.size(), 1U);
  EXPECT_EQ(world_.change([&](context& c) { return reset_password(c, "nobody", "h"); }).error().code,
            errc::not_found);
}

}  // namespace
}  // namespace mesh::services
