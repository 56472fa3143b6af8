#include "agent/app/chosen_folders.hpp"

#include "agent/app/rule_book.hpp"
#include "agent/os/test_dir.hpp"

#include <gtest/gtest.h>

namespace mesh::app {
namespace {

using folders = std::vector<std::filesystem::path>;

TEST(chosen_folders, are_remembered_and_nothing_else_is_taken_on_trust) {
  const os::test_dir temp;
  const auto state = temp / "state";
  EXPECT_EQ(chosen_of(state, {"/in/ana"}), folders{}) << "nothing was chosen";
  ASSERT_TRUE(choose_folder(state, "/in/ana").has_value());
  ASSERT_TRUE(choose_folder(state, "/in/ben").has_value());
  ASSERT_TRUE(choose_folder(state, "/in/ana").has_value());
  EXPECT_EQ(chosen_of(state, {"/home/ana/.ssh", "/in/ana", "/in"}), folders{"/in/ana"});
  EXPECT_EQ(chosen_at_start(state, {"/home/ana/.ssh", "/in/ben"}), folders{"/in/ben"});
}

TEST(chosen_folders, of_rules_of_an_older_version_are_adopted_once) {
  const os::test_dir temp;
  const auto state = temp / "state";
  EXPECT_EQ(chosen_at_start(state, {"/in/ana"}), folders{"/in/ana"});
  EXPECT_EQ(chosen_at_start(state, {"/in/ana", "/home/ana/.ssh"}), folders{"/in/ana"});
  const os::test_dir other;
  EXPECT_EQ(chosen_at_start(other / "state", {}), folders{});
  EXPECT_EQ(chosen_at_start(other / "state", {"/home/ana/.ssh"}), folders{});
}

TEST(chosen_folders, a_rule_that_the_agent_wrote_by_itself_opens_no_folder) {
  const os::test_dir temp;
  const auto state = temp / "state";
  const auto dir = os::private_dir::open(state).value();
  auto book = rule_book::open(dir).value();
  kept_rule_folders named(state);
  receive_rule rule;
  rule.subject = rule_subject::everybody;
  rule.folder = "/home/ana/.ssh";
  ASSERT_TRUE(book.add(rule).has_value());
  EXPECT_EQ(named.now(), folders{});
  rule.folder = "/in/ana";
  ASSERT_TRUE(choose_folder(state, "/in/ana").has_value());
  EXPECT_EQ(named.now(), folders{}) << "no rule names it";
  ASSERT_TRUE(book.add(rule).has_value());
  EXPECT_EQ(named.now(), folders{"/in/ana"});
  ASSERT_TRUE(book.remove(rule_subject::everybody, "").has_value());
  EXPECT_EQ(named.now(), folders{"/in/ana"}) << "something may be on its way there";
  EXPECT_EQ(kept_rule_folders(state).now(), folders{});
  ASSERT_TRUE(choose_folder(state, "/in/ben").has_value());
  std::filesystem::remove(chosen_folders_file(state));
  EXPECT_EQ(named.now(), folders{});
}

TEST(chosen_folders, an_unreadable_list_opens_nothing) {
  const os::test_dir temp;
  const auto state = temp / "state";
  ASSERT_TRUE(choose_folder(state, "/in/ana").has_value());
  os::write_content(chosen_folders_file(state), "{");
  EXPECT_EQ(chosen_of(state, {"/in/ana"}), folders{});
  EXPECT_EQ(choose_folder(state, "/in/ben").error().code, errc::state_unreadable);
}

}  // namespace
}  // namespace mesh::app
