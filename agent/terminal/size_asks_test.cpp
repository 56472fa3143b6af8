#include "agent/terminal/size_asks.hpp"

#include "core/base/limits.hpp"

#include <gtest/gtest.h>

namespace mesh::terminal {
namespace {

using namespace std::chrono_literals;

const session_id bob("ses_bob"), eve("ses_eve");
constexpr terminal_size present{80, 24};
const steady_time start{1h};

TEST(size_asks, one_wish_waits_of_each_viewer_and_who_asked_first_is_in_front) {
  size_asks asks;
  EXPECT_TRUE(asks.ask(bob, {120, 40}, present, start));
  EXPECT_TRUE(asks.ask(eve, {100, 30}, present, start));
  EXPECT_FALSE(asks.ask(bob, {120, 40}, present, start + 1min)) << "it is no news";
  EXPECT_TRUE(asks.ask(eve, {132, 43}, present, start + 1min));
  ASSERT_EQ(asks.waiting().size(), 2U);
  EXPECT_EQ(asks.waiting()[0].who, bob);
  EXPECT_EQ(asks.waiting()[1].size, (terminal_size{132, 43}));
}

TEST(size_asks, the_size_that_rules_takes_a_wish_back) {
  size_asks asks;
  EXPECT_FALSE(asks.ask(bob, present, present, start)) << "nothing was asked for";
  EXPECT_TRUE(asks.ask(bob, {120, 40}, present, start));
  EXPECT_TRUE(asks.ask(bob, present, present, start + 1s));
  EXPECT_TRUE(asks.waiting().empty());
}

TEST(size_asks, a_size_that_nobody_could_work_in_is_not_heard) {
  size_asks asks;
  for (const terminal_size absurd :
       {terminal_size{1, 1}, {19, 24}, {80, 4}, {0, 0}, {-80, -24}, {1001, 24}, {80, 501}, {65535, 65535}})
    EXPECT_FALSE(asks.ask(bob, absurd, present, start)) << absurd.cols << "x" << absurd.rows;
  EXPECT_TRUE(asks.waiting().empty());
}

TEST(size_asks, a_storm_is_heard_once_in_an_interval) {
  size_asks asks;
  int heard = 0;
  for (int i = 0; i < 1000; ++i) heard += asks.ask(eve, {100 + i % 50, 30}, present, start + i * 1ms) ? 1 : 0;
  EXPECT_LE(heard, 1s / limits::terminal_resize_interval);
  EXPECT_GE(heard, 1);
  EXPECT_EQ(asks.waiting().size(), 1U);
}

TEST(size_asks, who_was_refused_is_not_heard_for_a_while_whatever_it_does) {
  size_asks asks;
  EXPECT_TRUE(asks.ask(eve, {120, 40}, present, start));
  asks.answer(eve, true, start);
  EXPECT_TRUE(asks.waiting().empty());
  asks.forget(eve);  // it comes with another stream
  EXPECT_FALSE(asks.ask(eve, {130, 40}, present, start + 9s));
  EXPECT_TRUE(asks.ask(bob, {130, 40}, present, start + 9s));
  EXPECT_TRUE(asks.ask(eve, {130, 40}, present, start + 11s));
}

TEST(size_asks, a_wish_is_over_when_the_size_is_there_or_nearly_and_after_its_time) {
  size_asks asks;
  EXPECT_TRUE(asks.ask(bob, {120, 40}, present, start));
  EXPECT_FALSE(asks.settle({110, 40}));
  EXPECT_TRUE(asks.settle({121, 38})) << "a window is resized by hand";
  EXPECT_TRUE(asks.ask(bob, {120, 40}, present, start + 1s));
  EXPECT_FALSE(asks.expire(start + 1min));
  EXPECT_TRUE(asks.expire(start + 1s + limits::terminal_ask_timeout));
  EXPECT_TRUE(asks.waiting().empty());
}

}  // namespace
}  // namespace mesh::terminal
