#include "agent/p2p/session_lease.hpp"

#include <gtest/gtest.h>

namespace mesh::p2p {
namespace {

using namespace std::chrono_literals;

constexpr steady_time start{24h};

TEST(session_lease, asks_every_minute_until_it_is_renewed) {
  session_lease lease(start);
  EXPECT_FALSE(lease.renewal_due(start + 59s));
  EXPECT_TRUE(lease.renewal_due(start + 60s));
  EXPECT_FALSE(lease.renewal_due(start + 61s)) << "once an interval";
  EXPECT_TRUE(lease.renewal_due(start + 120s));
  EXPECT_FALSE(lease.renewed(start + 130s)) << "it was not paused";
  EXPECT_FALSE(lease.renewal_due(start + 189s));
  EXPECT_TRUE(lease.renewal_due(start + 190s));
}

TEST(session_lease, runs_15_minutes_without_a_server_then_pauses_and_resumes) {
  session_lease lease(start);
  EXPECT_FALSE(lease.expire(start + 15min - 1s));
  EXPECT_FALSE(lease.paused());
  EXPECT_TRUE(lease.expire(start + 15min));
  EXPECT_TRUE(lease.paused());
  EXPECT_FALSE(lease.expire(start + 16min)) << "told once";
  EXPECT_TRUE(lease.renewal_due(start + 16min)) << "a paused session still asks";
  EXPECT_TRUE(lease.renewed(start + 20min));
  EXPECT_FALSE(lease.paused());
  EXPECT_FALSE(lease.expire(start + 34min));
  EXPECT_TRUE(lease.expire(start + 35min));
}

TEST(session_lease, a_renewal_a_minute_keeps_it_for_days) {
  session_lease lease(start);
  for (auto now = start; now < start + 48h; now += 60s) {
    EXPECT_FALSE(lease.expire(now));
    EXPECT_FALSE(lease.renewed(now));
  }
}

}  // namespace
}  // namespace mesh::p2p
