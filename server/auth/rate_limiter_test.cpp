#include "server/auth/rate_limiter.hpp"

#include <random>

#include <gtest/gtest.h>

namespace mesh::auth {
namespace {

using namespace std::chrono_literals;

TEST(rate_limiter, lets_a_burst_pass_and_then_one_an_interval) {
  rate_limiter limiter({1s, 3});
  const steady_time start{};
  for (int i = 0; i < 3; ++i) EXPECT_EQ(limiter.take("a", start), 0ms);
  EXPECT_EQ(limiter.take("a", start), 1000ms);
  EXPECT_EQ(limiter.take("a", start + 400ms), 600ms);
  EXPECT_EQ(limiter.take("b", start), 0ms);
  EXPECT_EQ(limiter.take("a", start + 1s), 0ms);
  EXPECT_GT(limiter.take("a", start + 1s), 0ms);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(limiter.take("a", start + 60s), 0ms);
}

TEST(rate_limiter, a_use_can_be_given_back) {
  rate_limiter limiter({10s, 1});
  const steady_time start{};
  EXPECT_EQ(limiter.take("a", start), 0ms);
  limiter.give_back("a");
  EXPECT_EQ(limiter.take("a", start), 0ms);
  EXPECT_NE(limiter.take("a", start), 0ms);
  limiter.clear("a");
  EXPECT_EQ(limiter.take("a", start), 0ms);
}

TEST(rate_limiter, never_lets_more_pass_than_burst_and_rate_allow) {
  const unsigned seed = std::random_device{}();
  std::mt19937 random(seed);
  rate_limiter limiter({100ms, 5});
  const steady_time start{};
  auto now = start;
  int passed = 0;
  for (int i = 0; i < 5000; ++i) {
    now += std::chrono::milliseconds(random() % 30);
    if (limiter.take("a", now) == 0ms) ++passed;
    ASSERT_LE(passed, 5 + (now - start) / 100ms) << "seed " << seed;
  }
}

TEST(rate_limiter, keeps_its_memory_bounded) {
  rate_limiter limiter({1s, 1}, 100);
  steady_time now{};
  now += 5s;
  for (int i = 0; i < 1000; ++i) limiter.take(std::to_string(i), now);
  EXPECT_EQ(limiter.size(), 100U);
  EXPECT_NE(limiter.take("another", now), 0ms);
  EXPECT_EQ(limiter.take("another", now + 2s), 0ms);
  EXPECT_LT(limiter.size(), 10U);
}

TEST(rate_limiter, counts_a_subscriber_and_not_each_address_of_ipv6) {
  EXPECT_EQ(address_key("192.0.2.7"), "192.0.2.7");
  EXPECT_EQ(address_key("::ffff:192.0.2.7"), "192.0.2.7");
  EXPECT_EQ(address_key("2001:db8:1:2:3:4:5:6"), address_key("2001:db8:1:2:ffff::1"));
  EXPECT_NE(address_key("2001:db8:1:2::1"), address_key("2001:db8:1:3::1"));
  EXPECT_EQ(address_key("fe80::1%eth0"), "fe80::/64");
}

}  // namespace
}  // namespace mesh::auth
