#include "agent/p2p/quic/admission.hpp"

#include <gtest/gtest.h>

namespace mesh::quic {
namespace {

using namespace std::chrono_literals;

TEST(admission, table_of_arrivals) {
  const admission_policy policy{.connections_max = 10, .handshakes_max = 4, .handshakes_unproven_max = 2};
  const struct {
    const char* name;
    arrival what;
    verdict expected;
  } table[] = {
      {"nobody is expected", {.expected = false}, verdict::drop},
      {"nobody is expected, proven", {.expected = false, .proven = true}, verdict::drop},
      {"idle", {.expected = true}, verdict::admit},
      {"a few unproven under way", {.expected = true, .handshakes = 1}, verdict::admit},
      {"many under way", {.expected = true, .handshakes = 2}, verdict::retry},
      {"many under way, proven", {.expected = true, .proven = true, .handshakes = 3}, verdict::admit},
      {"too many under way, even proven", {.expected = true, .proven = true, .handshakes = 4}, verdict::drop},
      {"too many under way", {.expected = true, .handshakes = 4}, verdict::drop},
      {"full", {.expected = true, .proven = true, .connections = 10}, verdict::drop},
      {"one place left", {.expected = true, .connections = 9}, verdict::admit},
  };
  for (const auto& row : table) EXPECT_EQ(judge(policy, row.what), row.expected) << row.name;
}

TEST(admission, every_address_is_proven_when_asked_for) {
  const admission_policy policy{.always_retry = true};
  EXPECT_EQ(judge(policy, {.expected = true}), verdict::retry);
  EXPECT_EQ(judge(policy, {.expected = true, .proven = true}), verdict::admit);
}

TEST(admission, answers_to_strangers_are_few_and_come_back_with_time) {
  answer_budget budget;
  steady_time now{1h};
  const auto take_all = [&] {
    int taken = 0;
    while (budget.take(now)) ++taken;
    return taken;
  };
  EXPECT_EQ(take_all(), 200);
  EXPECT_FALSE(budget.take(now));
  now += 100ms;
  EXPECT_NEAR(take_all(), 20, 1);
  now += 1h;
  EXPECT_EQ(take_all(), 200) << "saved up to one burst";
  EXPECT_FALSE(budget.take(now - 10s)) << "a clock that steps back gives nothing";
}

}  // namespace
}  // namespace mesh::quic
