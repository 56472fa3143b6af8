#include "tests/net/impaired_link.hpp"

#include <gtest/gtest.h>

namespace mesh::net_test {
namespace {

using namespace std::chrono_literals;

TEST(impaired_link, a_good_link_changes_nothing) {
  impaired_link link({}, 1);
  const instant now{1s};
  for (int i = 0; i < 100; ++i) EXPECT_EQ(link.enter(1'400, now), now);
}

TEST(impaired_link, delay_and_jitter_keep_the_order) {
  impaired_link link({.delay = 10ms, .jitter = 5ms}, 2);
  instant last{};
  bool spread = false;
  for (int i = 0; i < 1000; ++i) {
    const instant now{1s + i * 100us};
    const auto out = link.enter(1'000, now).value();
    EXPECT_GE(out - now, 10ms);
    EXPECT_LE(out - now, 15ms);
    EXPECT_GE(out, last);
    spread = spread || out - now > 13ms;
    last = out;
  }
  EXPECT_TRUE(spread);
}

TEST(impaired_link, a_rate_spaces_datagrams_and_its_queue_overflows) {
  impaired_link link({.rate = 8e6, .queue = 10'000}, 3);  // 1000 bytes a millisecond
  const instant now{1s};
  EXPECT_EQ(link.enter(1'000, now), now + 1ms);
  EXPECT_EQ(link.enter(500, now), now + 1500us);
  for (int i = 0; i < 100; ++i) (void)link.enter(1'000, now);
  EXPECT_EQ(link.overflown(), 91U);
  EXPECT_EQ(link.enter(1'000, now + 1s), now + 1s + 1ms) << "an idle link is free at once";
}

TEST(impaired_link, loses_its_share_and_what_is_too_long) {
  impaired_link link({.loss = 0.1, .mtu = 1'472}, 4);
  const instant now{1s};
  int passed = 0;
  for (int i = 0; i < 10'000; ++i) passed += link.enter(1'000, now) ? 1 : 0;
  EXPECT_NEAR(passed, 9'000, 150);
  EXPECT_EQ(link.lost(), static_cast<std::uint64_t>(10'000 - passed));
  EXPECT_FALSE(link.enter(1'473, now));
}

TEST(impaired_link, some_datagrams_overtake_others) {
  impaired_link link({.delay = 10ms, .reorder = 0.2}, 5);
  int early = 0;
  for (int i = 0; i < 1'000; ++i) {
    const instant now{1s + i * 100us};
    early += link.enter(1'000, now).value() - now < 10ms ? 1 : 0;
  }
  EXPECT_NEAR(early, 200, 60);
}

TEST(impaired_link, the_same_seed_gives_the_same_network) {
  for (std::uint32_t seed = 1; seed < 5; ++seed) {
    const impairment what{.delay = 5ms, .jitter = 5ms, .loss = 0.2, .reorder = 0.2, .rate = 1e7};
    impaired_link one(what, seed), two(what, seed);
    for (int i = 0; i < 500; ++i)
      ASSERT_EQ(one.enter(1'000, instant{i * 1ms}), two.enter(1'000, instant{i * 1ms})) << seed << ' ' << i;
  }
}

}  // namespace
}  // namespace mesh::net_test
