#include "agent/p2p/session_cache.hpp"

#include "core/base/limits.hpp"

#include <gtest/gtest.h>

namespace mesh::p2p {
namespace {

using namespace std::chrono_literals;

const wall_time start = from_unix_seconds(1'767'567'600);

announced_session session(int number, wall_time expires, std::string peer_key = "key") {
  return {.id = mesh::session_id("ses_" + std::to_string(number)),
          .peer = {.key_sha256 = std::move(peer_key)},
          .token = secret("token"),
          .expires = expires};
}

TEST(session_cache, knows_a_session_until_it_is_expired_by_more_than_the_skew) {
  session_cache cache;
  cache.add(session(1, start + 120s), start);
  const mesh::session_id id("ses_1");
  EXPECT_NE(cache.find(id, start), nullptr);
  EXPECT_NE(cache.find(id, start + 120s + limits::clock_skew_max - 1s), nullptr);
  EXPECT_EQ(cache.find(id, start + 120s + limits::clock_skew_max), nullptr);
  EXPECT_TRUE(cache.has_peer("key", start));
  EXPECT_FALSE(cache.has_peer("other", start));
  EXPECT_FALSE(cache.has_peer("key", start + 1h));
  EXPECT_FALSE(cache.empty(start));
  EXPECT_TRUE(cache.empty(start + 1h));
  EXPECT_EQ(cache.size(), 1U);
  cache.purge(start + 1h);
  EXPECT_EQ(cache.size(), 0U);
}

TEST(session_cache, the_same_session_again_replaces_what_was_known) {
  session_cache cache;
  cache.add(session(1, start + 60s, "old"), start);
  cache.add(session(1, start + 120s, "new"), start);
  EXPECT_EQ(cache.size(), 1U);
  EXPECT_FALSE(cache.has_peer("old", start));
  EXPECT_TRUE(cache.has_peer("new", start + 100s));
  cache.remove(mesh::session_id("ses_1"));
  EXPECT_TRUE(cache.empty(start));
}

TEST(session_cache, is_bounded_and_the_first_to_expire_makes_room) {
  session_cache cache;
  const auto most = static_cast<int>(limits::sessions_cached_max);
  for (int i = 0; i < most; ++i)
    cache.add(session(i, start + 60s + std::chrono::seconds(i == 7 ? 0 : 1 + i)), start);
  cache.add(session(most, start + 1h), start);
  EXPECT_EQ(cache.size(), limits::sessions_cached_max);
  EXPECT_EQ(cache.find(mesh::session_id("ses_7"), start), nullptr);
  EXPECT_NE(cache.find(mesh::session_id("ses_0"), start), nullptr);
  cache.add(session(3, start + 2h), start);
  EXPECT_EQ(cache.size(), limits::sessions_cached_max) << "a known one needs no room";
}

TEST(session_cache, events_that_make_no_sense_are_refused) {
  wire::p2p_session_created good;
  good.session_id = mesh::session_id("ses_1");
  good.session_token = "token";
  good.kind = "file";
  good.role = "target";
  good.expires_at = "2026-01-04T23:00:00Z";
  EXPECT_TRUE(announced_by_event(good));
  const auto refused = [&](auto change, errc code, std::string_view field) {
    auto bad = good;
    change(bad);
    const auto out = announced_by_event(bad);
    ASSERT_FALSE(out);
    EXPECT_EQ(out.error().code, code);
    EXPECT_EQ(out.error().field, field);
  };
  refused([](auto& e) { e.kind = "teleport"; }, errc::kind_unknown, "kind");
  refused([](auto& e) { e.role = "both"; }, errc::field_invalid, "role");
  refused([](auto& e) { e.expires_at = "tomorrow"; }, errc::field_invalid, "expires_at");
}

}  // namespace
}  // namespace mesh::p2p
