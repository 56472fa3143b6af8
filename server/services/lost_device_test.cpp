#include "server/services/lost_device.hpp"

#include "server/services/chat.hpp"
#include "tests/support/server_world.hpp"

namespace mesh::services {
namespace {

using testing_support::receivers;
using testing_support::server_world;

TEST(lost_device, is_cut_off_with_an_account_of_what_it_could_read) {
  server_world world;
  const auto ana = world.person("ana");
  const auto ben = world.person("ben");
  const auto own = world.room(ana, "Workshop");
  const auto theirs = world.room(ben, "Family");
  world.join(theirs, ana, models::role::guest);
  world.room(ben, "Private");
  world.device(ana, "laptop");
  ASSERT_TRUE(world.change([&](context& c) { return send_message(c, ana, own, {"secret plan", "1"}); }));
  ASSERT_TRUE(world.change([&](context& c) -> result<signed_in> {
    return start_login(c, *c.tx.users().find(ana.user), {"203.0.113.7", "mesh-agent", false},
                       device_id("laptop"));
  }));
  const auto report = [&](const models::caller& who) {
    return world.change([&](context& c) { return report_lost(c, who, device_id("laptop")); });
  };
  EXPECT_EQ(report(ben).error().code, errc::not_found);
  const auto done = report(ana);
  ASSERT_TRUE(done) << done.error().detail;
  EXPECT_EQ(done->reply.name, "laptop");
  EXPECT_EQ(done->reply.last_ip, "203.0.113.7");
  EXPECT_EQ(done->reply.logins_ended, 1);
  ASSERT_EQ(done->reply.rooms.size(), 2U);
  for (const auto& room : done->reply.rooms) {
    EXPECT_EQ(room.role, room.name == "Workshop" ? "owner" : "guest") << room.name;
    EXPECT_EQ(room.last_seq, room.name == "Workshop" ? 1 : 0) << room.name;
  }
  EXPECT_EQ(receivers(done->effects, "device.revoked"), (std::set<user_id>{ana.user, ben.user}));
  EXPECT_FALSE(done->effects.disconnects.empty());
  EXPECT_FALSE(world.look([&](context& c) { return c.tx.devices().find(device_id("laptop")); }));
  EXPECT_EQ(report(ana).error().code, errc::not_found);
}

}  // namespace
}  // namespace mesh::services
