#include "core/capability/replay_guard.hpp"

#include <gtest/gtest.h>

namespace mesh::capability {
namespace {

constexpr std::int64_t start = 1'767'567'600;

wall_time at(std::int64_t seconds) {
  return from_unix_seconds(start + seconds);
}

claims token(std::string jti, std::int64_t issued = 0) {
  claims c;
  c.jti = std::move(jti);
  c.iat = start + issued;
  c.exp = start + issued + 60;
  return c;
}

TEST(replay_guard, accepts_a_token_once) {
  auto guard = replay_guard::for_new_key();
  EXPECT_TRUE(guard.accept(token("a"), at(0)));
  EXPECT_TRUE(guard.accept(token("b"), at(0)));
  EXPECT_EQ(guard.accept(token("a"), at(1)).error().code, errc::token_replayed);
  EXPECT_EQ(guard.accept(token("a"), at(89)).error().code, errc::token_replayed);
}

TEST(replay_guard, forgets_only_what_has_expired) {
  auto guard = replay_guard::for_new_key();
  ASSERT_TRUE(guard.accept(token("a"), at(0)));
  EXPECT_EQ(guard.accept(token("a"), at(90)).error().code, errc::token_expired);
  EXPECT_TRUE(guard.accept(token("b", 60), at(90)));
  EXPECT_EQ(guard.size(), 1U);
}

TEST(replay_guard, is_not_fooled_by_a_clock_that_steps_back) {
  auto guard = replay_guard::for_new_key();
  ASSERT_TRUE(guard.accept(token("a"), at(0)));
  ASSERT_TRUE(guard.accept(token("b", 60), at(95)));
  EXPECT_EQ(guard.accept(token("a"), at(10)).error().code, errc::token_expired);
}

TEST(replay_guard, remembers_across_a_restart) {
  auto before = replay_guard::for_new_key();
  ASSERT_TRUE(before.accept(token("a"), at(0)));
  ASSERT_TRUE(before.accept(token("with space"), at(0)));
  auto after = replay_guard::restore(before.serialise());
  ASSERT_TRUE(after);
  EXPECT_EQ(after->size(), 2U);
  EXPECT_EQ(after->accept(token("a"), at(5)).error().code, errc::token_replayed);
  EXPECT_EQ(after->accept(token("with space"), at(5)).error().code, errc::token_replayed);
  EXPECT_TRUE(after->accept(token("c"), at(5)));
}

TEST(replay_guard, keeps_the_step_of_the_clock_across_a_restart) {
  auto before = replay_guard::for_new_key();
  ASSERT_TRUE(before.accept(token("a"), at(0)));
  ASSERT_TRUE(before.accept(token("b", 60), at(95)));
  auto after = replay_guard::restore(before.serialise()).value();
  EXPECT_EQ(after.accept(token("a"), at(10)).error().code, errc::token_expired);
}

TEST(replay_guard, refuses_older_tokens_when_its_memory_is_lost) {
  auto guard = replay_guard::without_memory(at(0));
  EXPECT_EQ(guard.accept(token("a", -10), at(1)).error().code, errc::token_replayed);
  EXPECT_EQ(guard.accept(token("b", 29), at(1)).error().code, errc::token_replayed);
  EXPECT_TRUE(guard.accept(token("c", 30), at(31)));
  auto again = replay_guard::restore(guard.serialise()).value();
  EXPECT_EQ(again.accept(token("d", 29), at(32)).error().code, errc::token_replayed);
}

TEST(replay_guard, refuses_damaged_memory) {
  auto guard = replay_guard::for_new_key();
  ASSERT_TRUE(guard.accept(token("a"), at(0)));
  const auto good = guard.serialise();
  ASSERT_TRUE(replay_guard::restore(good));
  for (std::size_t size = 0; size + 1 < good.size(); ++size)
    EXPECT_FALSE(replay_guard::restore(good.substr(0, size))) << size;
  EXPECT_FALSE(replay_guard::restore("mesh-replay/2\n0\n0\nend\n"));
  EXPECT_FALSE(replay_guard::restore("mesh-replay/1\n0\n0\nx a\nend\n"));
}

TEST(replay_guard, is_bounded) {
  auto guard = replay_guard::for_new_key();
  for (std::size_t i = 0; i < replay_guard::remembered_max; ++i)
    ASSERT_TRUE(guard.accept(token(std::to_string(i)), at(0)));
  EXPECT_EQ(guard.accept(token("one more"), at(0)).error().code, errc::busy);
  EXPECT_EQ(guard.accept(token("0"), at(0)).error().code, errc::token_replayed);
  EXPECT_TRUE(guard.accept(token("later", 90), at(90)));
}

}  // namespace
}  // namespace mesh::capability
