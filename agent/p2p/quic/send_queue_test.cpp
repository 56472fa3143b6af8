#include "agent/p2p/quic/send_queue.hpp"

#include <algorithm>
#include <cstdint>
#include <random>

#include <gtest/gtest.h>

namespace mesh::quic {
namespace {

p2p::shared_bytes block(std::size_t size, std::byte value = std::byte{0}) {
  const auto owner = std::make_shared<const bytes>(size, value);
  return {owner, *owner};
}

TEST(send_queue, holds_memory_until_it_is_acknowledged_and_no_longer) {
  send_queue queue;
  const auto owner = std::make_shared<const bytes>(100);
  queue.push({owner, *owner});
  queue.push(block(50));
  queue.sent(150);
  EXPECT_EQ(queue.unsent(), 0U);
  EXPECT_EQ(owner.use_count(), 2);
  queue.acknowledged(99);
  EXPECT_EQ(owner.use_count(), 2) << "QUIC may still send its last byte again";
  queue.acknowledged(100);
  EXPECT_EQ(owner.use_count(), 1);
  EXPECT_EQ(queue.held(), 50U);
  queue.acknowledged(150);
  EXPECT_EQ(queue.held(), 0U);
}

TEST(send_queue, room_is_a_whole_chunk_or_nothing) {
  send_queue queue;
  constexpr std::size_t chunk = 256 * 1024;
  EXPECT_EQ(queue.room(chunk, 0), send_queue::unsent_bytes_max);
  queue.push(block(send_queue::unsent_bytes_max - chunk));
  EXPECT_EQ(queue.room(chunk, 0), chunk);
  queue.push(block(1));
  EXPECT_EQ(queue.room(chunk, 0), 0U);
  EXPECT_EQ(queue.room(1, chunk), chunk - 1);
}

TEST(send_queue, a_peer_that_acknowledges_nothing_stops_it_the_later_the_longer_the_path) {
  constexpr std::size_t chunk = 256 * 1024, short_path = send_queue::unsent_bytes_max + chunk;
  for (const auto& [under_way, held] : {std::pair(std::size_t{0}, short_path),
                                        {40 * chunk, short_path + 40 * chunk},
                                        {SIZE_MAX / 2, send_queue::held_bytes_max}}) {
    SCOPED_TRACE(under_way);
    send_queue queue;
    std::size_t pushed = 0;
    while (queue.room(chunk, under_way) > 0) {
      queue.push(block(chunk));
      queue.sent(chunk);
      pushed += chunk;
    }
    EXPECT_EQ(pushed, held);
    EXPECT_FALSE(queue.acknowledged(chunk - 1));
    EXPECT_TRUE(queue.acknowledged(chunk));
    EXPECT_EQ(queue.room(chunk, under_way), chunk);
  }
}

TEST(send_queue, nothing_is_queued_for_an_empty_block) {
  send_queue queue;
  queue.push(block(0));
  std::array<bytes_view, 4> views;
  EXPECT_EQ(queue.peek(views, 1), 0U);
}

TEST(send_queue, what_is_peeked_is_what_was_pushed_in_order) {
  for (std::uint32_t seed = 1; seed <= 50; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    send_queue queue;
    bytes pushed, sent;
    std::uint64_t acknowledged = 0;
    for (int step = 0; step < 400; ++step) {
      switch (random() % 3) {
        case 0: {
          const auto made = block(random() % 50, static_cast<std::byte>(random()));
          pushed.insert(pushed.end(), made.data.begin(), made.data.end());
          queue.push(made);
          break;
        }
        case 1: {
          std::array<bytes_view, 3> views;
          const std::size_t enough = 1 + random() % 100;
          const auto count = queue.peek(views, enough);
          std::size_t offered = 0;
          for (std::size_t i = 0; i < count; ++i) offered += views[i].size();
          ASSERT_TRUE(offered >= enough || offered == queue.unsent() || count == views.size());
          if (count > 1) ASSERT_LT(offered - views[count - 1].size(), enough);
          const auto taken = offered == 0 ? 0 : random() % (offered + 1);
          for (std::size_t i = 0, left = taken; i < count && left > 0; ++i) {
            const auto part = views[i].first(std::min(left, views[i].size()));
            sent.insert(sent.end(), part.begin(), part.end());
            left -= part.size();
          }
          queue.sent(taken);
          break;
        }
        default:
          acknowledged += sent.size() == acknowledged ? 0 : random() % (sent.size() - acknowledged + 1);
          queue.acknowledged(acknowledged);
      }
      ASSERT_EQ(queue.unsent(), pushed.size() - sent.size());
      ASSERT_GE(queue.held(), pushed.size() - acknowledged);
    }
    ASSERT_TRUE(std::ranges::equal(sent, bytes_view(pushed).first(sent.size())));
    queue.clear();
    EXPECT_EQ(queue.held() + queue.unsent(), 0U);
  }
}

}  // namespace
}  // namespace mesh::quic
