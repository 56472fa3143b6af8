// A device that comes back under its name with another key, over real QUIC on loopback.
#include "agent/p2p/quic/agents_in_test.hpp"

#include <gtest/gtest.h>

namespace mesh::quic {
namespace {

using namespace test;

struct remembered_keys : testing::Test {
  void SetUp() override {
    const auto c = server.claims(a.party(), b.party());
    ASSERT_TRUE(open_session(server, a, b, c));
    ASSERT_TRUE(run_until(loop, [&] { return !b.seen.opened.empty(); }));
  }

  io::loop loop;
  authority server;
  agent a{loop, server, "device-a"};
  agent b{loop, server, "device-b"};
  agent anew{loop, server, "device-b"};  // b, set up once more: another key
};

TEST_F(remembered_keys, both_sides_write_down_whom_they_met) {
  EXPECT_TRUE(a.known->check(mesh::device_id("device-b"), b.party().key_sha256));
  EXPECT_TRUE(b.known->check(mesh::device_id("device-a"), a.party().key_sha256));
  EXPECT_EQ(a.known->all().size(), 1U);
}

TEST_F(remembered_keys, the_initiator_dials_nobody_whose_key_has_changed) {
  const auto c = server.claims(a.party(), anew.party());
  const auto token = server.sign(c);
  ASSERT_TRUE(anew.node->announce_session(announcement(c, token, capability::role::target)));
  const auto announced = a.node->announce_session(announcement(c, token, capability::role::initiator));
  ASSERT_FALSE(announced);
  EXPECT_EQ(announced.error(), (error{errc::peer_key_changed, "device-b", "device_id"}));
  EXPECT_FALSE(loop.run(a.node->connect(c.session_id, {anew.address()})));
  EXPECT_TRUE(anew.node->stats().empty());
  EXPECT_TRUE(anew.seen.opened.empty());
}

TEST_F(remembered_keys, the_target_lets_nobody_in_whose_key_has_changed_and_says_so) {
  a.node->close_session(a.node->sessions().at(0).id());
  const auto began = steady_now();
  const auto session = open_session(server, anew, a, server.claims(anew.party(), a.party()));
  ASSERT_FALSE(session);
  EXPECT_EQ(session.error().code, errc::key_refused);
  EXPECT_LT(steady_now() - began, 9s) << "it was not told, but left waiting";
  EXPECT_EQ(a.seen.opened.size(), 1U);
}

TEST_F(remembered_keys, of_two_keys_announced_at_once_the_first_that_is_met_counts) {
  agent fresh(loop, server, "device-c");
  const auto first = server.claims(b.party(), fresh.party());
  const auto second = server.claims(anew.party(), fresh.party());
  const auto token = server.sign(second);
  ASSERT_TRUE(fresh.node->announce_session(announcement(second, token, capability::role::target)));
  ASSERT_TRUE(open_session(server, b, fresh, first));
  ASSERT_TRUE(anew.node->announce_session(announcement(second, token, capability::role::initiator)));
  const auto late = loop.run(anew.node->connect(second.session_id, {fresh.address()}));
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, errc::peer_key_changed);
  EXPECT_EQ(fresh.seen.opened.size(), 1U);
}

TEST_F(remembered_keys, a_key_that_a_person_accepted_is_let_in) {
  ASSERT_TRUE(a.known->accept(mesh::device_id("device-b"), anew.party().key_sha256, server.now));
  EXPECT_TRUE(open_session(server, a, anew, server.claims(a.party(), anew.party())));
  EXPECT_TRUE(open_session(server, anew, a, server.claims(anew.party(), a.party())));
  const auto old = server.claims(b.party(), a.party());
  EXPECT_EQ(a.node->announce_session(announcement(old, "", capability::role::target)).error().code,
            errc::peer_key_changed);
}

}  // namespace
}  // namespace mesh::quic
