#include "server/services/rooms.hpp"

#include "server/services/chat.hpp"
#include "server/services/invitations.hpp"
#include "tests/support/server_world.hpp"

#include <functional>
#include <map>

namespace mesh::services {
namespace {

using models::caller;
using models::role;
using testing_support::events_of;
using testing_support::receivers;
using testing_support::server_world;

// The room "Atelier" with one person of each role, and a stranger.
struct atelier {
  server_world world;
  caller owner = world.person("ana");
  caller member = world.person("ben");
  caller guest = world.person("cid");
  caller stranger = world.person("dan");
  room_id room = world.room(owner);

  atelier() {
    world.join(room, member, role::member);
    world.join(room, guest, role::guest);
  }
};

errc code_of(const result<void>& done) {
  return done ? errc::internal : done.error().code;
}

template <class T>
result<void> only_error(const result<T>& done) {
  if (!done) return std::unexpected(done.error());
  return {};
}

// Every action of a room, as anybody may try it.
const std::map<std::string, std::function<result<void>(context&, const caller&, const atelier&)>> actions = {
    {"see", [](auto& c, auto& who, auto& a) { return only_error(get_room(c, who, a.room)); }},
    {"see grid", [](auto& c, auto& who, auto& a) { return only_error(get_grid(c, who, a.room)); }},
    {"read", [](auto& c, auto& who, auto& a) { return only_error(list_messages(c, who, a.room, {})); }},
    {"write",
     [](auto& c, auto& who, auto& a) { return only_error(send_message(c, who, a.room, {"hi", "1"})); }},
    {"invite", [](auto& c, auto& who, auto& a) { return only_error(create_invitation(c, who, a.room, {})); }},
    {"see invitations",
     [](auto& c, auto& who, auto& a) { return only_error(list_invitations(c, who, a.room)); }},
    {"rename",
     [](auto& c, auto& who, auto& a) { return only_error(rename_room(c, who, a.room, {"Studio"})); }},
    {"lock", [](auto& c, auto& who, auto& a) { return only_error(lock_room(c, who, a.room, {true})); }},
    {"set grid", [](auto& c, auto& who, auto& a) { return only_error(set_grid(c, who, a.room, {})); }},
    {"add", [](auto& c, auto& who,
               auto& a) { return only_error(add_member(c, who, a.room, {a.stranger.username, {}})); }},
    {"set role", [](auto& c, auto& who,
                    auto& a) { return only_error(set_role(c, who, a.room, a.guest.user, {"member"})); }},
    {"remove",
     [](auto& c, auto& who, auto& a) { return only_error(remove_other(c, who, a.room, a.guest.user)); }},
    {"delete", [](auto& c, auto& who, auto& a) { return only_error(delete_room(c, who, a.room)); }},
};

TEST(rooms, each_role_can_do_exactly_what_it_may) {
  const std::set<std::string> guest{"see", "see grid", "read", "write",
                                    "remove"};  // removing oneself is leaving
  auto member = guest;
  member.erase("remove");
  member.insert({"invite", "see invitations"});
  for (const auto& [name, run] : actions) {
    atelier a;  // a fresh room for each, since some actions end it
    const auto attempt = [&](const caller& who) {
      result<void> outcome;
      static_cast<void>(a.world.change([&](context& c) -> result<int> {
        outcome = run(c, who, a);
        return fail(errc::canceled);  // undone, so that the next role finds the same room
      }));
      return outcome;
    };
    EXPECT_EQ(code_of(attempt(a.stranger)), errc::not_found) << name;
    EXPECT_EQ(attempt(a.guest).has_value(), guest.contains(name)) << name;
    EXPECT_EQ(attempt(a.member).has_value(), member.contains(name)) << name;
    EXPECT_TRUE(attempt(a.owner)) << name;
    if (!member.contains(name)) EXPECT_EQ(code_of(attempt(a.member)), errc::forbidden) << name;
    if (!guest.contains(name)) EXPECT_EQ(code_of(attempt(a.guest)), errc::forbidden) << name;
  }
}

TEST(rooms, a_new_room_has_its_maker_as_owner_and_the_grid_of_the_contract) {
  server_world world;
  const auto ana = world.person("ana");
  const auto made = world.change([&](context& c) { return create_room(c, ana, {"Atelier"}); });
  ASSERT_TRUE(made);
  EXPECT_EQ(made->reply.room.role, "owner");
  EXPECT_EQ(made->reply.room.members.size(), 1U);
  EXPECT_EQ(receivers(made->effects, "room.joined"), std::set<user_id>{ana.user});
  const auto grid = world.read([&](context& c) { return get_grid(c, ana, made->reply.room.id); });
  EXPECT_EQ(grid->grid.guest, (std::vector<std::string>{"call", "screen", "terminal:view"}));
  EXPECT_EQ(grid->grid.owner, grid->grid.member);
  EXPECT_EQ(grid->grid.owner.size(), 8U);
}

TEST(rooms, names_are_checked) {
  server_world world;
  const auto ana = world.person("ana");
  for (const std::string name : {"", "   ", "a\nb", "a\u202eb"})
    EXPECT_EQ(world.change([&](context& c) { return create_room(c, ana, {name}); }).error().field, "name")
        << name;
}

TEST(rooms, everybody_hears_of_a_new_name_with_their_own_role) {
  atelier a;
  const auto done = a.world.change([&](context& c) { return rename_room(c, a.owner, a.room, {"Studio"}); });
  ASSERT_TRUE(done);
  std::map<user_id, std::string> roles;
  for (const auto& out : events_of(done->effects, "room.updated")) {
    const auto updated = wire::payload_of<wire::room_updated>(out.event);
    EXPECT_EQ(updated->room.name, "Studio");
    EXPECT_EQ(out.seqs.size(), 1U);
    roles[out.users.at(0)] = updated->room.role;
  }
  EXPECT_EQ(roles, (std::map<user_id, std::string>{
                       {a.owner.user, "owner"}, {a.member.user, "member"}, {a.guest.user, "guest"}}));
}

TEST(rooms, a_grid_is_kept_and_holds_known_words_only) {
  atelier a;
  const wire::grid_body wanted{{{"call"}, {"call", "share:file"}, {}}};
  const auto done = a.world.change([&](context& c) { return set_grid(c, a.owner, a.room, wanted); });
  ASSERT_TRUE(done);
  const auto kept = a.world.read([&](context& c) { return get_grid(c, a.guest, a.room); });
  EXPECT_EQ(kept->grid.member, wanted.grid.member);
  EXPECT_TRUE(kept->grid.guest.empty());
  const auto refused = a.world.change(
      [&](context& c) { return set_grid(c, a.owner, a.room, {{{"call"}, {"call", "root"}, {}}}); });
  EXPECT_EQ(refused.error().code, errc::field_invalid);
  EXPECT_EQ(refused.error().field, "grid.member[1]");
}

TEST(members, joining_is_told_to_the_new_one_with_the_room_and_to_the_others_with_the_name) {
  atelier a;
  const auto done =
      a.world.change([&](context& c) { return add_member(c, a.owner, a.room, {"DAN", "guest"}); });
  ASSERT_TRUE(done) << done.error().detail;
  EXPECT_EQ(done->reply.room.members.size(), 4U);
  for (const auto& out : events_of(done->effects, "room.joined")) {
    const auto joined = wire::payload_of<wire::room_joined>(out.event);
    if (out.users == std::vector{a.stranger.user}) {
      EXPECT_EQ(joined->room->role, "guest");
    } else {
      EXPECT_EQ(joined->username, "dan");
      EXPECT_EQ(out.users.size(), 3U);
    }
    EXPECT_EQ(out.seqs.size(), out.users.size());
  }
}

TEST(members, adding_is_refused_with_a_reason) {
  atelier a;
  const auto add = [&](const std::string& name, std::optional<std::string> r = {}) {
    return a.world.change([&](context& c) { return add_member(c, a.owner, a.room, {name, r}); });
  };
  EXPECT_EQ(add("nobody").error().code, errc::not_found);
  EXPECT_EQ(add("ben").error().code, errc::already_member);
  EXPECT_EQ(add("dan", "king").error().field, "role");
  ASSERT_TRUE(add("dan"));
  a.world.person("eve");
  EXPECT_EQ(add("eve").error().code, errc::room_full);
}

TEST(members, a_room_never_stays_without_an_owner) {
  atelier a;
  const auto leave = [&](const caller& who) {
    return a.world.change([&](context& c) { return leave_room(c, who, a.room); });
  };
  const auto make = [&](const caller& whom, const char* r) {
    return a.world.change([&](context& c) { return set_role(c, a.owner, a.room, whom.user, {r}); });
  };
  EXPECT_EQ(leave(a.owner).error().code, errc::last_owner);
  EXPECT_EQ(make(a.owner, "member").error().code, errc::last_owner);
  ASSERT_TRUE(make(a.member, "owner"));
  EXPECT_TRUE(make(a.owner, "guest"));
  EXPECT_TRUE(leave(a.owner));
  EXPECT_EQ(leave(a.member).error().code, errc::last_owner);
  EXPECT_TRUE(leave(a.guest));
  EXPECT_TRUE(leave(a.member));  // the last one takes the room along
  EXPECT_FALSE(a.world.look([&](context& c) { return c.tx.rooms().find(a.room); }));
}

TEST(members, the_last_owner_leaves_by_naming_the_next) {
  atelier a;
  const auto leave = [&](const caller& who, const user_id& successor) {
    return a.world.change([&](context& c) { return leave_room(c, who, a.room, {successor}); });
  };
  EXPECT_EQ(leave(a.member, a.guest.user).error().code, errc::forbidden);
  for (const auto& nobody : {a.owner.user, a.stranger.user})
    EXPECT_EQ(leave(a.owner, nobody).error().field, "successor_id");
  const auto done = leave(a.owner, a.member.user);
  ASSERT_TRUE(done) << done.error().detail;
  EXPECT_EQ(receivers(done->effects, "room.left"),
            (std::set<user_id>{a.owner.user, a.member.user, a.guest.user}));
  EXPECT_EQ(receivers(done->effects, "room.updated"), (std::set<user_id>{a.member.user, a.guest.user}));
  EXPECT_EQ(a.world.read([&](context& c) { return get_room(c, a.member, a.room); })->room.role, "owner");
}

TEST(rooms, nobody_enters_a_locked_room) {
  atelier a;
  const auto lock = [&](bool locked) {
    return a.world.change([&](context& c) { return lock_room(c, a.owner, a.room, {locked}); });
  };
  const auto invitation =
      a.world.change([&](context& c) { return create_invitation(c, a.member, a.room, {}); });
  const auto accept = [&] {
    return a.world.change(
        [&](context& c) { return accept_invitation(c, a.stranger, *invitation->reply.invitation.code); });
  };
  const auto locked = lock(true);
  ASSERT_TRUE(locked);
  EXPECT_EQ(locked->reply.room.locked, true);
  EXPECT_EQ(receivers(locked->effects, "room.updated").size(), 3U);
  EXPECT_EQ(accept().error().code, errc::room_locked);
  EXPECT_EQ(
      a.world.change([&](context& c) { return add_member(c, a.owner, a.room, {"dan", {}}); }).error().code,
      errc::room_locked);
  ASSERT_TRUE(lock(false));
  EXPECT_TRUE(accept());
}

TEST(members, removing_is_told_to_the_removed_one_too) {
  atelier a;
  const auto done =
      a.world.change([&](context& c) { return remove_other(c, a.owner, a.room, a.member.user); });
  ASSERT_TRUE(done);
  EXPECT_EQ(receivers(done->effects, "room.left"),
            (std::set<user_id>{a.owner.user, a.member.user, a.guest.user}));
  EXPECT_EQ(wire::payload_of<wire::room_left>(done->effects.events.back().event)->reason, "removed");
  EXPECT_EQ(a.world.read([&](context& c) { return get_room(c, a.member, a.room); }).error().code,
            errc::not_found);
}

TEST(rooms, deleting_tells_every_member) {
  atelier a;
  const auto done = a.world.change([&](context& c) { return delete_room(c, a.owner, a.room); });
  ASSERT_TRUE(done);
  EXPECT_EQ(receivers(done->effects, "room.deleted").size(), 3U);
  EXPECT_TRUE(a.world.read([&](context& c) { return list_rooms(c, a.owner); })->rooms.empty());
}

}  // namespace
}  // namespace mesh::services
