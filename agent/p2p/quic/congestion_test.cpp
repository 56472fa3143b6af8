// Which controller a connection gets, and when its packets are paced (docs/decisions/0008).
#include "agent/p2p/quic/congestion.hpp"

#include "agent/p2p/quic/ngtcp2_compat.hpp"
#include "agent/p2p/quic/pacing.hpp"

#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace mesh::quic {
namespace {

using namespace std::chrono_literals;

TEST(congestion, is_bbr_unless_cubic_is_asked_for) {
  const std::vector<std::pair<std::string_view, ngtcp2_cc_algo>> table{
      {"auto", ng::cc_bbr}, {"bbr", ng::cc_bbr}, {"cubic", NGTCP2_CC_ALGO_CUBIC}};
  for (const auto& [name, algorithm] : table)
    EXPECT_EQ(ng::algorithm_of(congestion_named(name).value()), algorithm) << name;
  for (const std::string_view name : {"", "reno", "BBR", "bbr2"})
    EXPECT_FALSE(congestion_named(name)) << name;
}

TEST(pacing, begins_at_a_round_trip_of_one_millisecond) {
  const std::vector<std::pair<std::chrono::nanoseconds, bool>> table{
      {0ns, false},        {30us, false}, {999'999ns, false}, {1ms, true},
      {1'000'001ns, true}, {50ms, true},  {10s, true}};
  for (const auto& [rtt, paced] : table) EXPECT_EQ(pacing().on(rtt), paced) << rtt.count();
}

TEST(pacing, waits_for_the_first_measurement) {
  pacing p;
  EXPECT_FALSE(p.on(std::nullopt));
  EXPECT_TRUE(p.on(20ms));
}

TEST(pacing, ends_for_good_when_the_path_proves_to_be_short) {
  pacing p;
  EXPECT_TRUE(p.on(2ms));
  EXPECT_TRUE(p.on(1ms));
  EXPECT_FALSE(p.is_off_for_good());
  EXPECT_FALSE(p.on(900us));
  EXPECT_TRUE(p.is_off_for_good());
  EXPECT_FALSE(p.on(80ms)) << "another path: ngtcp2 cannot take it up again";
  EXPECT_FALSE(p.on(std::nullopt));
}

}  // namespace
}  // namespace mesh::quic
