#include "agent/share/manifest_budget.hpp"

#include <optional>

#include <gtest/gtest.h>

namespace mesh::share {
namespace {

const mesh::device_id one{"one"};
const mesh::device_id two{"two"};
const mesh::device_id three{"three"};

TEST(manifest_budget, a_device_holds_half_of_it_and_all_hold_no_more_than_it) {
  const auto budget = std::make_shared<manifest_budget>(100);
  manifest_claim first(budget, one);
  manifest_claim second(budget, one);
  ASSERT_TRUE(first.grow_to(30).has_value());
  ASSERT_TRUE(second.grow_to(20).has_value());
  EXPECT_EQ(second.grow_to(21).error().code, errc::busy) << "its other list may go";
  manifest_claim large(budget, two);
  EXPECT_EQ(large.grow_to(51).error().code, errc::too_large) << "never";
  ASSERT_TRUE(large.grow_to(50).has_value());
  manifest_claim late(budget, three);
  EXPECT_EQ(late.grow_to(1).error().code, errc::busy);
  first.release();
  EXPECT_TRUE(late.grow_to(30).has_value());
  EXPECT_EQ(late.grow_to(31).error().code, errc::busy);
}

TEST(manifest_budget, what_a_list_held_is_free_when_it_is_gone) {
  const auto budget = std::make_shared<manifest_budget>(100);
  for (int i = 0; i < 10; ++i) {
    manifest_claim claim(budget, one);
    EXPECT_TRUE(claim.grow_to(20).has_value());
    EXPECT_TRUE(claim.grow_to(50).has_value());
  }
}

}  // namespace
}  // namespace mesh::share
