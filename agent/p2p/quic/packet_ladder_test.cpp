#include "agent/p2p/quic/packet_ladder.hpp"

#include <gtest/gtest.h>

namespace mesh::quic {
namespace {

constexpr std::size_t plenty = 1'000'000;

TEST(packet_ladder, begins_with_what_every_path_carries_and_climbs_when_a_long_packet_arrived) {
  packet_ladder ladder;
  EXPECT_EQ(ladder.proven(), 1'200U);
  ASSERT_EQ(ladder.next_try(plenty), 16'000U);
  ladder.tried(4, 20'000, 0);
  EXPECT_FALSE(ladder.next_try(plenty)) << "one at a time";
  ladder.acknowledged(4, 19'999, 0);
  ladder.acknowledged(8, 90'000, 0);
  EXPECT_EQ(ladder.proven(), 1'200U) << "that was other data";
  ladder.acknowledged(4, 20'000, 0);
  EXPECT_EQ(ladder.proven(), 16'000U);
  EXPECT_FALSE(ladder.next_try(plenty));
}

TEST(packet_ladder, is_content_with_less_after_three_losses) {
  packet_ladder ladder;
  for (std::uint64_t i = 0; i < 3; ++i) {
    ASSERT_EQ(ladder.next_try(plenty), 16'000U);
    ladder.tried(0, 100, i);
    ladder.acknowledged(0, 100, i + 1);
  }
  ASSERT_EQ(ladder.next_try(plenty), 1'452U);
  ladder.tried(0, 200, 3);
  ladder.acknowledged(0, 200, 3);
  EXPECT_EQ(ladder.proven(), 1'452U);
  EXPECT_FALSE(ladder.next_try(plenty));
}

TEST(packet_ladder, stays_at_the_ground_when_nothing_longer_passes) {
  packet_ladder ladder;
  for (std::uint64_t i = 0; i < 6; ++i) {
    ASSERT_TRUE(ladder.next_try(plenty));
    ladder.tried(0, 100, i);
    ladder.acknowledged(0, 100, i + 1);
  }
  EXPECT_FALSE(ladder.next_try(plenty));
  EXPECT_EQ(ladder.proven(), 1'200U);
}

TEST(packet_ladder, gives_up_when_the_peer_moves_away) {
  packet_ladder ladder;
  ladder.tried(4, 100, 0);
  ladder.acknowledged(4, 100, 0);
  ladder.give_up();
  EXPECT_EQ(ladder.proven(), 1'200U);
  EXPECT_FALSE(ladder.next_try(plenty));
}

TEST(packet_ladder, tries_only_with_much_to_send_and_again_when_the_stream_is_gone) {
  packet_ladder ladder;
  EXPECT_FALSE(ladder.next_try(10'000));
  ladder.tried(4, 100, 0);
  ladder.forget(8);
  EXPECT_FALSE(ladder.next_try(plenty));
  ladder.forget(4);
  EXPECT_TRUE(ladder.next_try(plenty));
}

}  // namespace
}  // namespace mesh::quic
