#include "agent/terminal/input_gate.hpp"

#include "core/base/limits.hpp"

#include <gtest/gtest.h>

namespace mesh::terminal {
namespace {

using namespace std::chrono_literals;

constexpr input_gate::viewer bob = 1, eve = 2;
const steady_time start{1h};

struct gate : testing::Test {
  input_gate g;
  void open(std::uint32_t epoch = 1, bool line_only = false) {
    ASSERT_TRUE(g.open(bob, epoch, start + 5min, line_only, start));
  }
};

TEST_F(gate, nobody_types_without_a_lease) {
  EXPECT_EQ(g.admit(bob, 0, "rm", start), 0U);
  EXPECT_EQ(g.admit(bob, 1, "rm", start), 0U);
  EXPECT_EQ(g.dropped_bytes(), 4U);
}

TEST_F(gate, the_holder_types_with_the_epoch_of_the_lease_only) {
  open(7);
  EXPECT_EQ(g.admit(bob, 7, "ls\r", start), 3U);
  EXPECT_EQ(g.admit(bob, 6, "ls\r", start), 0U);
  EXPECT_EQ(g.admit(bob, 8, "ls\r", start), 0U);
  EXPECT_EQ(g.admit(eve, 7, "ls\r", start), 0U);
}

TEST_F(gate, an_epoch_is_never_used_twice) {
  open(3);
  EXPECT_TRUE(g.close());
  EXPECT_FALSE(g.open(bob, 3, start + 5min, false, start));
  EXPECT_FALSE(g.open(eve, 2, start + 5min, false, start));
  EXPECT_EQ(g.admit(bob, 3, "x", start), 0U);
  EXPECT_TRUE(g.open(eve, 4, start + 5min, false, start));
}

TEST_F(gate, a_newer_lease_takes_the_keyboard_from_the_one_before) {
  open(1);
  ASSERT_TRUE(g.open(eve, 2, start + 5min, false, start));
  EXPECT_EQ(g.admit(bob, 1, "x", start), 0U);
  EXPECT_EQ(g.admit(bob, 2, "x", start), 0U);
  EXPECT_EQ(g.admit(eve, 2, "x", start), 1U);
}

TEST_F(gate, a_lease_for_one_line_ends_with_its_return_key) {
  open(1, true);
  EXPECT_EQ(g.admit(bob, 1, "ls", start), 2U);
  EXPECT_EQ(g.admit(bob, 1, " -l\rrm -rf\r", start), 4U);
  EXPECT_EQ(g.admit(bob, 1, "x", start), 0U);
  EXPECT_EQ(g.expire(start), lease_end::over);
  EXPECT_FALSE(g.holder());
}

TEST_F(gate, a_lease_ends_in_time_by_idleness_and_with_its_viewer) {
  open(1);
  EXPECT_FALSE(g.expire(start + limits::terminal_heartbeat_timeout - 1ms));
  EXPECT_EQ(g.expire(start + limits::terminal_heartbeat_timeout), lease_end::vanished);
  open(2);
  for (auto at = start; at < start + limits::terminal_control_idle; at += 5s) g.alive(bob, at);
  EXPECT_EQ(g.expire(start + limits::terminal_control_idle), lease_end::idle);
  open(3);
  for (auto at = start; at < start + 5min; at += 5s) {
    EXPECT_FALSE(g.expire(at));
    EXPECT_EQ(g.admit(bob, 3, "x", at), 1U);
  }
  EXPECT_EQ(g.admit(bob, 3, "x", start + 5min), 0U);
  EXPECT_EQ(g.expire(start + 5min), lease_end::over);
}

TEST_F(gate, no_lease_is_longer_than_the_longest) {
  ASSERT_TRUE(g.open(bob, 1, start + 24h, false, start));
  EXPECT_EQ(g.admit(bob, 1, "x", start + limits::terminal_control_life_max), 0U);
}

TEST_F(gate, anothers_sign_of_life_does_not_count) {
  open();
  g.alive(eve, start + 14s);
  EXPECT_EQ(g.expire(start + 15s), lease_end::vanished);
}

}  // namespace
}  // namespace mesh::terminal
