#include "agent/share/accept_policy.hpp"
#include "agent/share/progress_meter.hpp"
#include "agent/share/session_quota.hpp"
#include "core/base/limits.hpp"

#include <vector>

#include <gtest/gtest.h>

namespace mesh::share {
namespace {

using namespace std::chrono_literals;
constexpr steady_time start{};

TEST(accept_policy, own_devices_and_wished_files_are_let_in_others_are_asked_about) {
  struct row {
    receive_mode mode;
    bool own, asked;
    std::optional<verdict> expected;
  };
  using enum receive_mode;
  for (const auto& [mode, own, asked, expected] : std::vector<row>{
           {ask, false, false, verdict::ask},
           {ask, true, false, verdict::accept},
           {ask, false, true, verdict::accept},
           {automatic, false, false, verdict::accept},
           {automatic, true, true, verdict::accept},
           {never, true, true, std::nullopt},
           {never, false, false, std::nullopt},
       }) {
    const auto judged = judge(mode, {own, asked});
    if (expected)
      EXPECT_EQ(judged, *expected);
    else
      EXPECT_EQ(judged.error().code, errc::receive_off);
  }
}

TEST(accept_policy, modes_have_the_words_of_the_configuration) {
  EXPECT_EQ(receive_mode_named("auto"), receive_mode::automatic);
  EXPECT_EQ(receive_mode_named("ask"), receive_mode::ask);
  EXPECT_EQ(receive_mode_named("never"), receive_mode::never);
  EXPECT_EQ(receive_mode_named("automatic"), std::nullopt);
}

TEST(session_quota, counts_all_files_of_a_session) {
  session_quota quota({1000, std::nullopt});
  EXPECT_TRUE(quota.reserve(600).has_value());
  EXPECT_EQ(quota.reserve(401).error().code, errc::size_exceeded);
  EXPECT_TRUE(quota.reserve(400).has_value());
  EXPECT_EQ(quota.reserve(1).error().code, errc::size_exceeded);
  EXPECT_TRUE(quota.reserve(0).has_value());
}

TEST(session_quota, gives_back_what_did_not_arrive) {
  session_quota quota({1000, std::nullopt});
  ASSERT_TRUE(quota.reserve(1000).has_value());
  quota.give_back(1000, 300);
  EXPECT_TRUE(quota.reserve(700).has_value());
  EXPECT_FALSE(quota.reserve(1).has_value());
}

TEST(session_quota, without_claims_nothing_is_bounded) {
  session_quota quota({});
  EXPECT_TRUE(quota.reserve(limits::file_bytes_max).has_value());
}

TEST(progress_meter, speaks_at_most_every_100_ms_and_once_at_the_end) {
  progress_meter meter(1000, start);
  EXPECT_FALSE(meter.update(1, start + 99ms));
  EXPECT_TRUE(meter.update(100, start + 100ms));
  EXPECT_FALSE(meter.update(200, start + 199ms));
  EXPECT_TRUE(meter.update(300, start + 200ms));
  EXPECT_TRUE(meter.update(1000, start + 201ms));
  EXPECT_FALSE(meter.update(1000, start + 900ms));
}

TEST(progress_meter, knows_what_it_has_not_told) {
  progress_meter meter(1000, start);
  EXPECT_FALSE(meter.untold());
  EXPECT_FALSE(meter.update(300, start + 10ms));
  EXPECT_TRUE(meter.untold());
  EXPECT_TRUE(meter.update(300, start + 100ms));
  EXPECT_FALSE(meter.untold());
}

TEST(progress_meter, rate_follows_what_happens_and_eta_what_is_left) {
  progress_meter meter(100'000'000, start);
  EXPECT_EQ(meter.eta(), std::nullopt);
  std::uint64_t done = 0;
  auto now = start;
  for (int i = 0; i < 20; ++i) (void)meter.update(done += 1'000'000, now += 100ms);
  EXPECT_NEAR(meter.rate(), 10e6, 1e3);
  EXPECT_NEAR(static_cast<double>(meter.eta()->count()), 8, 1);
  for (int i = 0; i < 100; ++i) (void)meter.update(done += 100'000, now += 100ms);
  EXPECT_NEAR(meter.rate(), 1e6, 1e5);
  EXPECT_NEAR(meter.mean_rate(now), 30e6 / 12, 1e3);
}

// The first chunk of a steady stream comes late: that is no speed.
TEST(progress_meter, shows_a_steady_rate_from_the_beginning_on) {
  progress_meter meter(1'000'000'000, start);
  auto now = start;
  std::uint64_t done = 0;
  (void)meter.update(done += 200'000, now += 100ms);
  for (int i = 0; i < 9; ++i) {
    (void)meter.update(done += 2'000'000, now += 100ms);
    EXPECT_NEAR(meter.rate(), meter.mean_rate(now), 1) << i;
  }
  EXPECT_NEAR(meter.rate(), 18.2e6, 1e3);
  for (int i = 0; i < 20; ++i) (void)meter.update(done += 2'000'000, now += 100ms);
  EXPECT_NEAR(meter.rate(), 20e6, 1e6);
}

TEST(progress_meter, promises_no_speed_while_nothing_moves) {
  progress_meter meter(100'000'000, start);
  EXPECT_FALSE(meter.idle(start + 9s)) << "there is no speed yet";
  (void)meter.update(10'000'000, start + 1s);
  EXPECT_FALSE(meter.idle(start + 1900ms));
  EXPECT_TRUE(meter.idle(start + 2s));
  EXPECT_LE(meter.rate(), 262'144);
  EXPECT_FALSE(meter.idle(start + 2500ms)) << "once a second";
  EXPECT_TRUE(meter.idle(start + 61s));
  EXPECT_LE(meter.rate(), 4'400);
  EXPECT_GE(meter.eta()->count(), 20'000);
  EXPECT_EQ(meter.done(), 10'000'000U);
}

TEST(progress_meter, a_slow_transfer_keeps_its_speed_between_two_chunks) {
  progress_meter meter(100'000'000, start);
  auto now = start;
  for (std::uint64_t chunk = 1; chunk <= 4; ++chunk) {
    EXPECT_TRUE(meter.update(chunk * 262'144, now += 5s));
    for (int second = 1; second < 5; ++second) EXPECT_FALSE(meter.idle(now + std::chrono::seconds(second)));
    EXPECT_NEAR(meter.rate(), 262'144 / 5.0, 1);
  }
}

TEST(progress_meter, never_goes_back_and_knows_the_empty_file) {
  progress_meter meter(10, start);
  (void)meter.update(8, start + 1s);
  (void)meter.update(3, start + 2s);
  EXPECT_EQ(meter.done(), 8U);
  progress_meter empty(0, start);
  EXPECT_TRUE(empty.update(0, start));
  EXPECT_EQ(empty.eta(), 0s);
}

}  // namespace
}  // namespace mesh::share
