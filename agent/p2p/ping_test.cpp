#include "agent/p2p/ping.hpp"

#include "agent/p2p/memory_pair_in_test.hpp"

#include <gtest/gtest.h>

namespace mesh::p2p {
namespace {

using namespace std::chrono_literals;

struct pings : testing::Test {
  test::work_queue work;
  std::shared_ptr<bool> cut = std::make_shared<bool>(false);
  steady_time now{1h};
  ping_echoes echoes{[this](std::move_only_function<void()> job) { work.push_back(std::move(job)); }};
  std::vector<result<std::chrono::nanoseconds>> told;

  void run() {
    while (!work.empty()) {
      auto job = std::move(work.front());
      work.pop_front();
      job();
    }
  }
  // Both ends of a stream: the asking one and the other one.
  std::pair<std::unique_ptr<byte_stream>, std::unique_ptr<byte_stream>> streams() {
    const auto a = std::make_shared<test::stream_half>();
    const auto b = std::make_shared<test::stream_half>();
    return {std::make_unique<test::memory_stream>(work, cut, a, b),
            std::make_unique<test::memory_stream>(work, cut, b, a)};
  }
  std::unique_ptr<ping_caller> caller(std::unique_ptr<byte_stream> stream) {
    return std::make_unique<ping_caller>(
        std::move(stream), [this] { return now; },
        [this](auto outcome) { told.push_back(std::move(outcome)); });
  }
};

TEST_F(pings, tell_how_long_each_message_was_under_way) {
  auto [here, there] = streams();
  echoes.serve(std::move(there), {});
  const auto asks = caller(std::move(here));
  for (const auto round_trip : {3ms, 700ms}) {
    asks->send();
    now += round_trip;
    run();
    EXPECT_EQ(told.back(), round_trip);
  }
  EXPECT_EQ(told.size(), 2U);
}

TEST(datagram_pings, are_answered_by_their_own_bytes) {
  EXPECT_EQ(to_hex(answer_to_datagram(from_hex("010000000000000007").value()).value()), "020000000000000007");
  const auto longest = bytes(datagram_ping_bytes_max, datagram_ping);
  EXPECT_EQ(answer_to_datagram(longest).value().size(), longest.size());
  for (const auto& other : {bytes{}, bytes{datagram_ping}, bytes(9, datagram_pong), bytes(9, std::byte{3}),
                            bytes(datagram_ping_bytes_max + 1, datagram_ping)})
    EXPECT_EQ(answer_to_datagram(other), std::nullopt);
}

TEST_F(pings, an_echo_goes_when_its_caller_does) {
  auto [here, there] = streams();
  echoes.serve(std::move(there), {});
  auto asks = caller(std::move(here));
  asks->send();
  run();
  EXPECT_EQ(echoes.size(), 1U);
  asks.reset();
  run();
  EXPECT_EQ(echoes.size(), 0U);
}

TEST_F(pings, only_so_many_are_answered_at_once) {
  std::vector<std::unique_ptr<ping_caller>> all;
  for (std::size_t i = 0; i < ping_echoes::echoes_max + 5; ++i) {
    auto [here, there] = streams();
    all.push_back(caller(std::move(here)));
    echoes.serve(std::move(there), {});
  }
  run();
  EXPECT_EQ(echoes.size(), ping_echoes::echoes_max);
  ASSERT_EQ(told.size(), 5U);
  for (const auto& outcome : told) EXPECT_EQ(outcome.error().code, errc::denied);
}

TEST_F(pings, an_answer_that_is_another_one_or_comes_unasked_ends_it) {
  const auto other = [](std::string_view text) {
    auto owner = std::make_shared<const bytes>(to_bytes(as_bytes(text)));
    const bytes_view view = *owner;
    return shared_bytes{std::move(owner), view};
  };
  for (const bool asked : {true, false}) {
    told.clear();
    auto [here, there] = streams();
    const auto asks = caller(std::move(here));
    if (asked) asks->send();
    there->write(other("12345678"));
    run();
    ASSERT_EQ(told.size(), 1U);
    EXPECT_EQ(told[0].error().code, errc::bad_message);
  }
}

TEST_F(pings, the_end_of_the_session_is_told_once) {
  auto [here, there] = streams();
  const auto asks = caller(std::move(here));
  asks->send();
  there->reset(close_code::of(errc::session_revoked));
  run();
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].error().code, errc::session_revoked);
}

}  // namespace
}  // namespace mesh::p2p
