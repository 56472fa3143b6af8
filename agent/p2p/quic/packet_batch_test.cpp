#include "agent/p2p/quic/packet_batch.hpp"

#include <algorithm>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace mesh::quic {
namespace {

struct sent_run {
  std::uint16_t path;
  std::size_t size;
  std::size_t segment;
};

struct recorder {
  packet_batch batch;
  std::vector<sent_run> runs;
  bytes sent;
  packet_batch::sink sink = [this](const packet_batch::run& r) {
    runs.push_back({r.path, r.data.size(), r.segment});
    sent.insert(sent.end(), r.data.begin(), r.data.end());
  };
  void add(std::size_t size, std::uint16_t path = 0, std::byte value = std::byte{1}) {
    std::ranges::fill(batch.next().first(size), value);
    batch.add(size, path, sink);
  }
};

TEST(packet_batch, equal_packets_go_together) {
  recorder r;
  for (int i = 0; i < 10; ++i) r.add(1'200);
  EXPECT_TRUE(r.runs.empty());
  r.batch.flush(r.sink);
  ASSERT_EQ(r.runs.size(), 1U);
  EXPECT_EQ(r.runs[0].size, 12'000U);
  EXPECT_EQ(r.runs[0].segment, 1'200U);
  r.batch.flush(r.sink);
  EXPECT_EQ(r.runs.size(), 1U) << "nothing is sent for nothing";
}

TEST(packet_batch, a_shorter_packet_ends_a_run_and_a_longer_one_begins_another) {
  recorder r;
  r.add(1'200);
  r.add(500);
  ASSERT_EQ(r.runs.size(), 1U);
  EXPECT_EQ(r.runs[0].size, 1'700U);
  r.add(1'200);
  r.add(1'444, 0, std::byte{2});
  ASSERT_EQ(r.runs.size(), 2U);
  EXPECT_EQ(r.runs[1].size, 1'200U);
  r.batch.flush(r.sink);
  ASSERT_EQ(r.runs.size(), 3U);
  EXPECT_EQ(r.runs[2].segment, 1'444U);
  EXPECT_EQ(r.sent.back(), std::byte{2});
}

TEST(packet_batch, paths_do_not_mix) {
  recorder r;
  r.add(1'200, 0);
  r.add(1'200, 1);
  r.batch.flush(r.sink);
  ASSERT_EQ(r.runs.size(), 2U);
  EXPECT_EQ(r.runs[0].path, 0);
  EXPECT_EQ(r.runs[1].path, 1);
}

// Whatever is added comes out in order, in runs the kernel takes.
TEST(packet_batch, random_packets_come_out_as_they_went_in) {
  for (std::uint32_t seed = 1; seed <= 50; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    recorder r;
    bytes expected;
    for (int i = 0; i < 500; ++i) {
      const std::size_t size = random() % 3 == 0 ? 1 + random() % packet_batch::packet_bytes_max : 1'444;
      const auto value = static_cast<std::byte>(i);
      r.add(size, random() % 20 == 0 ? 1 : 0, value);
      expected.insert(expected.end(), size, value);
    }
    r.batch.flush(r.sink);
    EXPECT_EQ(r.sent, expected);
    for (const auto& run : r.runs) {
      EXPECT_LE(run.size, packet_batch::bytes_max);
      EXPECT_LE((run.size + run.segment - 1) / run.segment, packet_batch::segments_max);
    }
  }
}

}  // namespace
}  // namespace mesh::quic
