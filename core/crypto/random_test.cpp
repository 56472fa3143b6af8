#include "core/crypto/random.hpp"

#include <set>

#include <gtest/gtest.h>

namespace mesh::crypto {
namespace {

TEST(random, identifiers_are_valid_and_differ) {
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i) {
    const auto id = new_id<room_tag>();
    EXPECT_TRUE(valid(id)) << id.str();
    EXPECT_TRUE(seen.insert(id.str()).second);
  }
}

TEST(random, texts_have_the_length_of_their_bytes) {
  EXPECT_EQ(random_text().size(), 43U);
  EXPECT_NE(random_text(), random_text());
  EXPECT_EQ(from_base64url(random_text(48)).value().size(), 48U);
}

TEST(random, numbers_stay_below_their_bound) {
  std::set<std::uint32_t> seen;
  for (int i = 0; i < 1000; ++i) seen.insert(random_below(3));
  EXPECT_EQ(seen, (std::set<std::uint32_t>{0, 1, 2}));
}

}  // namespace
}  // namespace mesh::crypto
