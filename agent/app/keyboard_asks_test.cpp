#include "agent/app/keyboard_asks.hpp"

#include <gtest/gtest.h>

namespace mesh::app {
namespace {

using namespace std::chrono_literals;

const steady_time start{};

keyboard_ask ask_of(const char* session, const char* device, const char* name,
                    steady_time until = start + 2min) {
  return {mesh::session_id(session), mesh::device_id(device), name, until};
}

TEST(keyboard_asks, are_answered_by_person_machine_session_or_turn) {
  for (const auto* wanted : {"ben", "desk", "ses_2", ""}) {
    keyboard_asks asks;
    if (*wanted != '\0') asks.ask(ask_of("ses_1", "tower", "eve"));
    asks.ask(ask_of("ses_2", "desk", "ben"));
    const auto taken = asks.take(wanted);
    ASSERT_TRUE(taken) << wanted;
    EXPECT_EQ(taken->name, "ben") << wanted;
    EXPECT_FALSE(asks.take("ben")) << "answered once";
  }
}

TEST(keyboard_asks, who_asks_twice_asks_once_and_not_for_ever) {
  keyboard_asks asks;
  asks.ask(ask_of("ses_1", "desk", "ben", start + 1s));
  asks.ask(ask_of("ses_1", "desk", "ben", start + 3s));
  EXPECT_EQ(asks.waiting().size(), 1U);
  EXPECT_TRUE(asks.expire(start + 2s).empty());
  EXPECT_EQ(asks.expire(start + 3s).size(), 1U);
  EXPECT_TRUE(asks.waiting().empty());
}

TEST(keyboard_asks, nothing_begins_that_was_not_allowed_or_began_already) {
  keyboard_asks asks;
  EXPECT_FALSE(asks.begin(mesh::session_id("ses_1")));
  asks.consent({mesh::session_id("ses_1"), 5min, true, false, "evt_1"});
  EXPECT_FALSE(asks.begin(mesh::session_id("ses_2")));
  const auto begun = asks.begin(mesh::session_id("ses_1"));
  ASSERT_TRUE(begun);
  EXPECT_TRUE(begun->line_only);
  EXPECT_FALSE(asks.begin(mesh::session_id("ses_1")));
}

TEST(keyboard_asks, what_was_taken_back_or_refused_does_not_begin) {
  keyboard_asks asks;
  asks.consent({mesh::session_id("ses_1"), 5min, false, false, "evt_1"});
  asks.consent({mesh::session_id("ses_2"), 5min, false, false, "evt_2"});
  asks.consent({mesh::session_id("ses_3"), 5min, false, false, "evt_3"});
  EXPECT_TRUE(asks.refuse("evt_1"));
  asks.forget(mesh::session_id("ses_2"));
  EXPECT_FALSE(asks.begin(mesh::session_id("ses_1")));
  EXPECT_FALSE(asks.begin(mesh::session_id("ses_2")));
  asks.forget_consents();
  EXPECT_FALSE(asks.begin(mesh::session_id("ses_3")));
}

}  // namespace
}  // namespace mesh::app
