#include "agent/app/window_event.hpp"

#include <gtest/gtest.h>

namespace mesh::app {
namespace {

TEST(window_event, names_are_shown_once_and_without_control_characters) {
  EXPECT_EQ(shown_names(wire::json_value(boost::json::array{})), "");
  EXPECT_EQ(shown_names(boost::json::array{"ben", "ana", "ben", "e\x1b[2Jve"}), "ben, ana, e\\u{1B}[2Jve");
}

TEST(window_event, what_is_missing_or_of_another_kind_is_nothing) {
  const wire::json_object o{{"name", 7}, {"cols", "80"}, {"size", {{"cols", 80}, {"rows", 24}}}};
  EXPECT_EQ(text_of(o, "name"), "");
  EXPECT_EQ(text_of(o, "none"), "");
  EXPECT_EQ(number_of(o, "cols"), 0);
  EXPECT_FALSE(truth_of(o, "name"));
  EXPECT_FALSE(size_of(o, "name").has_value());
  ASSERT_TRUE(size_of(o, "size").has_value());
  EXPECT_EQ(size_of(o, "size")->cols, 80);
}

}  // namespace
}  // namespace mesh::app
