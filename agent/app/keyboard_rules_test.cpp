#include "agent/app/keyboard_rules.hpp"

#include "core/base/limits.hpp"

#include <gtest/gtest.h>

namespace mesh::app {
namespace {

const keyboard_asker bens_desk{mesh::device_id("desk"), "key-1", mesh::user_id("usr_ben")};

keyboard_rule machine(std::optional<std::string> terminal, std::int64_t minutes = 5) {
  return {keyboard_subject::device, "desk", "desk", "key-1", std::move(terminal), minutes};
}
keyboard_rule person(std::optional<std::string> terminal, std::int64_t minutes = 5) {
  return {keyboard_subject::user, "usr_ben", "ben", {}, std::move(terminal), minutes};
}

TEST(keyboard_rules, the_more_special_one_holds) {
  keyboard_rules rules;
  EXPECT_EQ(rules.find(bens_desk, "build"), nullptr);
  ASSERT_TRUE(rules.add(person({}, 1)));
  EXPECT_EQ(rules.find(bens_desk, "build")->minutes, 1);
  ASSERT_TRUE(rules.add(machine({}, 2)));
  EXPECT_EQ(rules.find(bens_desk, "build")->minutes, 2);
  ASSERT_TRUE(rules.add(person("build", 3)));
  EXPECT_EQ(rules.find(bens_desk, "build")->minutes, 3);
  EXPECT_EQ(rules.find(bens_desk, "logs")->minutes, 2);
  ASSERT_TRUE(rules.add(person("build", 4)));
  EXPECT_EQ(rules.find(bens_desk, "build")->minutes, 4);
  EXPECT_EQ(rules.all().size(), 3U);
}

TEST(keyboard_rules, are_for_nobody_else) {
  keyboard_rules rules;
  ASSERT_TRUE(rules.add(machine("build")));
  EXPECT_EQ(rules.find(bens_desk, "logs"), nullptr);
  EXPECT_EQ(rules.find({bens_desk.device, "another key", bens_desk.user}, "build"), nullptr);
  EXPECT_EQ(rules.find({mesh::device_id("tower"), "key-1", bens_desk.user}, "build"), nullptr);
  ASSERT_TRUE(rules.add(person("logs")));
  EXPECT_EQ(rules.find({bens_desk.device, "key-1", mesh::user_id("usr_eve")}, "logs"), nullptr);
}

TEST(keyboard_rules, what_makes_no_sense_is_refused) {
  keyboard_rules rules;
  auto without_key = machine({});
  without_key.key_sha256.reset();
  auto nobody = person({});
  nobody.id.clear();
  for (const auto& bad :
       {machine({}, 0), machine({}, 61), machine(""), machine(std::string(65, 'a')), without_key, nobody})
    EXPECT_FALSE(rules.add(bad));
  EXPECT_EQ(rules.remove(keyboard_subject::user, "usr_ben", {}).error().code, errc::not_found);
  for (std::size_t i = 0; i < limits::terminal_rules_max; ++i)
    ASSERT_TRUE(rules.add(person("t" + std::to_string(i))));
  EXPECT_EQ(rules.add(person({})).error().code, errc::busy);
  EXPECT_TRUE(rules.add(person("t0", 9))) << "in the place of one";
  ASSERT_TRUE(rules.remove(keyboard_subject::user, "usr_ben", "t0"));
  EXPECT_EQ(rules.find(bens_desk, "t0"), nullptr);
}

}  // namespace
}  // namespace mesh::app
