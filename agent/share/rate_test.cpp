#include "agent/share/rate_gate.hpp"
#include "agent/share/transfer_fixture.hpp"

#include <array>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mesh::share {
namespace {

using namespace std::chrono_literals;
constexpr steady_time start{1h};

// Moves as much as it may, in chunks, at every tick of the clock; the bytes that were moved.
std::uint64_t move_for(token_bucket& bucket, steady_time& now, steady_time::duration time) {
  std::uint64_t moved = 0;
  for (const auto end = now + time; now < end; now += limits::transfer_tick)
    while (const auto some = bucket.allowed(limits::chunk_bytes, now)) {
      bucket.spend(some);
      moved += some;
    }
  return moved;
}

TEST(token_bucket, keeps_its_rate_at_any_speed) {
  for (const std::uint64_t rate : {20'000ULL, 300'000ULL, 10'000'000ULL, 2'000'000'000ULL}) {
    token_bucket bucket(rate);
    auto now = start;
    const auto moved = move_for(bucket, now, 100s);
    EXPECT_LE(moved, 100 * rate + limits::chunk_bytes) << rate;
    EXPECT_GE(moved, 99 * rate) << rate;
  }
}

TEST(token_bucket, without_a_rate_everything_moves) {
  token_bucket bucket;
  EXPECT_EQ(bucket.allowed(1U << 30U, start), 1U << 30U);
  bucket.spend(1U << 30U);
  EXPECT_EQ(bucket.allowed(1U << 30U, start), 1U << 30U);
}

TEST(token_bucket, idle_time_is_not_saved_up) {
  token_bucket bucket(10'000'000);
  EXPECT_GT(bucket.allowed(1, start), 0U);
  EXPECT_EQ(bucket.allowed(1U << 30U, start + 1h), 2'500'000U);
}

TEST(token_bucket, a_clock_that_was_late_for_some_ticks_costs_nothing) {
  token_bucket bucket(10'000'000);
  std::uint64_t moved = 0;
  for (auto now = start; now < start + 10s; now += 200ms)
    while (const auto some = bucket.allowed(limits::chunk_bytes, now)) {
      bucket.spend(some);
      moved += some;
    }
  EXPECT_GE(moved, 98'000'000U);
}

TEST(token_bucket, another_rate_holds_at_once) {
  token_bucket bucket(1000);
  EXPECT_GT(bucket.allowed(1U << 20U, start), 0U);
  bucket.spend(1U << 20U);  // owed for a thousand seconds
  EXPECT_EQ(bucket.allowed(1, start + 1s), 0U);
  bucket.set_rate(1'000'000);
  EXPECT_GT(bucket.allowed(1, start + 1s), 0U);
  bucket.spend(1U << 20U);
  bucket.set_rate({});
  EXPECT_GT(bucket.allowed(1, start + 1s), 0U);
}

// One who always has bytes to move, a chunk at a time, whenever it is its turn.
struct mover {
  mover(test_loop& on, std::vector<std::shared_ptr<shared_rate>> rates)
      : loop(on), gate(std::move(rates), [this] { loop.post([this] { pump(); }); }) {}
  void pump() {
    while (wants && gate.ask(limits::chunk_bytes, loop.now()) > 0) {
      moved += limits::chunk_bytes;
      gate.spend(limits::chunk_bytes, loop.now());
    }
    if (!wants) gate.leave();
  }
  test_loop& loop;
  rate_gate gate;
  bool wants = true;
  std::uint64_t moved = 0;
};

struct movers : testing::Test {
  test_loop loop;
  std::deque<mover> all;

  void pass(steady_time::duration d) {
    for (auto left = d; left > 0s; left -= limits::transfer_tick) {
      loop.pass(limits::transfer_tick);
      for (auto& m : all) m.pump();
      loop.run();
    }
  }
};

TEST_F(movers, share_a_rate_in_equal_parts) {
  const auto rate = std::make_shared<shared_rate>(30'000'000);
  for (int i = 0; i < 3; ++i) all.emplace_back(loop, std::vector{rate});
  pass(100s);
  std::uint64_t sum = 0;
  for (const auto& m : all) {
    EXPECT_NEAR(static_cast<double>(m.moved), 1e9, 2e7);
    sum += m.moved;
  }
  EXPECT_LE(sum, 100 * 30'000'000ULL + limits::chunk_bytes);
}

TEST_F(movers, one_who_wants_nothing_or_is_slower_by_itself_keeps_nobody_up) {
  const auto rate = std::make_shared<shared_rate>(10'000'000);
  const auto slow = std::make_shared<shared_rate>(1'000'000);
  all.emplace_back(loop, std::vector{rate});
  all.emplace_back(loop, std::vector{slow, rate});
  all.emplace_back(loop, std::vector{rate});
  pass(1s);
  all[2].wants = false;
  const std::array before{all[0].moved, all[1].moved};
  pass(100s);
  EXPECT_NEAR(static_cast<double>(all[1].moved - before[1]), 100e6, 3e6);
  EXPECT_NEAR(static_cast<double>(all[0].moved - before[0]), 900e6, 3e7);
}

TEST_F(movers, who_leaves_for_good_hands_its_turn_on) {
  const auto rate = std::make_shared<shared_rate>(1'000'000);
  all.emplace_back(loop, std::vector{rate});
  {
    mover gone(loop, {rate});
    all[0].pump();
    gone.pump();  // stands in line now
  }
  pass(10s);
  EXPECT_GE(all[0].moved, 9'700'000U);
}

// -- in transfers

struct limited : transfers {
  // Until both sides ended; how long it took.
  steady_time::duration run_to_the_end(std::size_t count = 1) {
    const auto begin = loop.now();
    loop.run();
    while (at_receiver.ends.size() < count && loop.now() - begin < 10min) pass(limits::transfer_tick);
    return loop.now() - begin;
  }
};

TEST_F(limited, a_transfer_keeps_the_rate_it_was_given) {
  start(make_file("a", random_content(10'000'000)));
  ASSERT_TRUE(sender->limit(1, 1'000'000).has_value());
  const auto took = run_to_the_end();
  EXPECT_EQ(at_receiver.outcome(), "ok");
  EXPECT_GE(took, 9500ms);
  EXPECT_LE(took, 10500ms);
}

TEST_F(limited, the_rate_can_change_while_bytes_move) {
  start(make_file("a", random_content(10'000'000)));
  ASSERT_TRUE(sender->limit(1, 100'000).has_value());
  loop.run();
  pass(10s);
  EXPECT_EQ(at_receiver.outcome(), "running");
  ASSERT_TRUE(sender->limit(1, {}).has_value());
  EXPECT_LE(run_to_the_end(), 1s);
  EXPECT_EQ(at_receiver.outcome(), "ok");
  EXPECT_EQ(sender->limit(1, {}).error().code, errc::not_found);
}

TEST_F(limited, a_slow_transfer_is_not_taken_for_a_stalled_one) {
  sender->rates().limit_all(limits::rate_bytes_per_second_min);
  start(make_file("a", random_content(3'000'000)));
  const auto took = run_to_the_end();
  EXPECT_EQ(at_receiver.outcome(), "ok");
  EXPECT_GE(took, 150s);
}

// Of a minute each gets less than what counts as a stall.
TEST_F(limited, many_transfers_share_a_low_rate_and_none_is_taken_for_a_stalled_one) {
  sender->rates().limit_all(64U * 1024);
  for (int i = 0; i < 15; ++i) start(make_file("f" + std::to_string(i), random_content(1'000'000)));
  for (int i = 0; i < 5; ++i) {
    const auto album = temp / ("album" + std::to_string(i));
    std::filesystem::create_directory(album);
    os::write_content(album / "one", random_content(1'000'000));
    start_folder(album);
  }
  const auto took = run_to_the_end(20);
  ASSERT_EQ(at_receiver.ends.size(), 20U);
  ASSERT_EQ(at_sender.ends.size(), 20U);
  for (auto* const side : {&at_receiver, &at_sender})
    for (const auto& [info, outcome] : side->ends) EXPECT_TRUE(outcome.has_value()) << info.name;
  EXPECT_GE(took, 250s);
}

TEST_F(limited, all_transfers_of_an_agent_and_of_a_device_share_their_rate_on_both_sides) {
  for (const bool of_device : {false, true})
    for (auto* const table : {&*sender, &*receiver}) {
      if (of_device)
        table->rates().limit_device(test_peer.device, 1'000'000);
      else
        table->rates().limit_all(1'000'000);
      const auto before = at_receiver.ends.size();
      // A small window, so that what the receiver gives back is what the sender may send.
      for (int i = 0; i < 2; ++i)
        start(make_file("f" + std::to_string(i), random_content(3'000'000)), {.window_bytes = 300'000});
      const auto took = run_to_the_end(before + 2);
      EXPECT_GE(took, 5s);
      EXPECT_LE(took, 6500ms);
      for (const auto& [info, outcome] : at_receiver.ends) EXPECT_TRUE(outcome.has_value());
      table->rates().limit_all({});
      table->rates().limit_device(test_peer.device, {});
    }
}

TEST_F(limited, another_device_is_not_slowed_down) {
  sender->rates().limit_device(mesh::device_id("somebody-else"), 20'000);
  start(make_file("a", random_content(3'000'000)));
  EXPECT_LE(run_to_the_end(), 1s);
}

}  // namespace
}  // namespace mesh::share
