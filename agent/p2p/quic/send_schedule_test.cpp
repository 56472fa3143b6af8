#include "agent/p2p/quic/send_schedule.hpp"

#include <map>
#include <random>

#include <gtest/gtest.h>

namespace mesh::quic {
namespace {

constexpr std::size_t packet = 1'400;
constexpr std::size_t big = 1'000'000;

TEST(send_schedule, is_empty_at_first) {
  send_schedule s;
  EXPECT_FALSE(s.next());
  s.remove_next();
  EXPECT_EQ(s.size(), 0U);
}

TEST(send_schedule, short_messages_go_before_bulk) {
  send_schedule s;
  s.add(0, big);
  s.add(4, send_schedule::short_bytes_max);
  EXPECT_EQ(s.next(), 4);
  s.remove_next();
  EXPECT_EQ(s.next(), 0);
}

TEST(send_schedule, a_flood_of_short_messages_does_not_starve_bulk) {
  send_schedule s;
  s.add(0, big);
  for (std::int64_t id = 4; id < 40; id += 4) s.add(id, 10'000);
  std::size_t bulk = 0, all = 0;
  for (int i = 0; i < 1'000; ++i) {
    bulk += s.next() == 0 ? packet : 0;
    all += packet;
    s.sent(packet);
  }
  EXPECT_GT(bulk, 0U);
  EXPECT_GE(bulk / packet, all / packet / (send_schedule::short_burst_bytes_max / packet + 2));
}

TEST(send_schedule, bulk_streams_share_in_turns) {
  send_schedule s;
  std::map<std::int64_t, std::size_t> sent;
  for (std::int64_t id = 0; id < 12; id += 4) s.add(id, big);
  for (int i = 0; i < 3'000; ++i) {
    sent[*s.next()] += packet;
    s.sent(packet);
  }
  ASSERT_EQ(sent.size(), 3U);
  for (const auto& [id, bytes] : sent)
    EXPECT_NEAR(static_cast<double>(bytes), 1'000.0 * packet, send_schedule::turn_bytes);
}

TEST(send_schedule, a_turn_is_not_inherited) {
  send_schedule s;
  s.add(0, big);
  s.add(4, big);
  s.sent(send_schedule::turn_bytes - packet);
  s.forget(0);
  ASSERT_EQ(s.next(), 4);
  s.add(8, big);
  s.sent(packet);
  EXPECT_EQ(s.next(), 4) << "its own turn has just begun";
}

TEST(send_schedule, random_histories_lose_and_repeat_no_stream) {
  for (std::uint32_t seed = 1; seed <= 50; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    send_schedule s;
    std::map<std::int64_t, int> waiting;
    for (int step = 0; step < 2'000; ++step) {
      const auto id = static_cast<std::int64_t>(random() % 8) * 4;
      switch (random() % 4) {
        case 0:
          if (!waiting.contains(id)) s.add(id, random() % 40'000), waiting[id] = 0;
          break;
        case 1:
          s.forget(id);
          waiting.erase(id);
          break;
        case 2:
          if (const auto next = s.next()) s.remove_next(), waiting.erase(*next);
          break;
        default:
          if (s.next()) s.sent(random() % 2'000);
      }
      ASSERT_EQ(s.size(), waiting.size());
      ASSERT_EQ(s.next().has_value(), !waiting.empty());
      if (s.next()) {
        ASSERT_TRUE(waiting.contains(*s.next()));
      }
    }
    // Every one of them has its turn.
    const auto rounds =
        waiting.size() * 5'000;  // a turn of bulk is 47 packets, with 47 short ones between each
    for (std::size_t i = 0; i < rounds && s.next(); ++i) {
      ++waiting[*s.next()];
      s.sent(packet);
    }
    for (const auto& [id, turns] : waiting) EXPECT_GT(turns, 0) << id;
  }
}

}  // namespace
}  // namespace mesh::quic
