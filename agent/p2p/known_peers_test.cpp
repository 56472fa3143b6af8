#include "agent/p2p/known_peers.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace mesh::p2p {
namespace {

const auto noon = from_unix_seconds(1'767'528'000);
const std::string first_key(64, 'a');
const std::string other_key(64, 'b');
const mesh::device_id laptop("ben-laptop");

TEST(known_peers, trust_the_first_contact_and_refuse_another_key_under_the_same_name) {
  known_peers peers;
  EXPECT_TRUE(peers.check(laptop, first_key));
  ASSERT_TRUE(peers.meet(laptop, first_key, noon));
  EXPECT_TRUE(peers.check(laptop, first_key));
  EXPECT_EQ(peers.check(laptop, other_key).error(),
            (error{errc::peer_key_changed, "ben-laptop", "device_id"}));
  EXPECT_TRUE(peers.check(mesh::device_id("ben-desktop"), other_key));
}

TEST(known_peers, are_not_replaced_by_meeting_them_again) {
  known_peers peers;
  ASSERT_TRUE(peers.meet(laptop, first_key, noon));
  EXPECT_EQ(peers.meet(laptop, other_key, noon + std::chrono::hours(1)).error().code, errc::peer_key_changed);
  EXPECT_EQ(peers.all().at(laptop).key_sha256, first_key);
  EXPECT_EQ(peers.all().at(laptop).since, noon);
}

TEST(known_peers, take_another_key_when_a_person_accepts_it) {
  known_peers peers;
  ASSERT_TRUE(peers.meet(laptop, first_key, noon));
  ASSERT_TRUE(peers.accept(laptop, other_key, noon + std::chrono::hours(1)));
  EXPECT_TRUE(peers.check(laptop, other_key));
  EXPECT_EQ(peers.check(laptop, first_key).error().code, errc::peer_key_changed);
  EXPECT_EQ(peers.accept(laptop, "no key", noon).error().code, errc::field_invalid);
}

TEST(known_peers, are_the_same_after_a_restart) {
  std::string kept;
  known_peers peers;
  peers.on_change([&](const std::string& text) -> result<void> {
    kept = text;
    return {};
  });
  ASSERT_TRUE(peers.meet(laptop, first_key, noon));
  ASSERT_TRUE(peers.meet(mesh::device_id("ana.pc_2"), other_key, noon + std::chrono::seconds(1)));
  const auto restored = known_peers::restore(kept);
  ASSERT_TRUE(restored) << restored.error().detail;
  EXPECT_EQ(restored->serialise(), peers.serialise());
  EXPECT_EQ(restored->check(laptop, other_key).error().code, errc::peer_key_changed);
}

TEST(known_peers, that_cannot_be_kept_are_remembered_meanwhile_and_not_accepted) {
  known_peers peers;
  peers.on_change([](const std::string&) -> result<void> { return fail(errc::disk_full, "state"); });
  EXPECT_EQ(peers.meet(laptop, first_key, noon).error().code, errc::disk_full);
  EXPECT_EQ(peers.check(laptop, other_key).error().code, errc::peer_key_changed);
  EXPECT_EQ(peers.accept(laptop, other_key, noon).error().code, errc::disk_full);
  EXPECT_TRUE(peers.check(laptop, first_key));
}

TEST(known_peers, are_never_forgotten_because_their_list_is_damaged) {
  known_peers peers;
  ASSERT_TRUE(peers.meet(laptop, first_key, noon));
  const auto whole = peers.serialise();
  ASSERT_TRUE(known_peers::restore(whole));
  for (const auto& text : {std::string(), std::string("mesh-peers/2\nend\n"),
                           whole.substr(0, whole.size() - 4), whole.substr(0, whole.find('\n') + 1),
                           fmt::format("mesh-peers/1\n1 {} ben-laptop more\nend\n", first_key),
                           fmt::format("mesh-peers/1\nx {} ben-laptop\nend\n", first_key),
                           std::string("mesh-peers/1\n1 abc ben-laptop\nend\n"),
                           fmt::format("mesh-peers/1\n1 {} Ben/Laptop\nend\n", first_key)})
    EXPECT_EQ(known_peers::restore(text).error().code, errc::state_unreadable) << text;
}

TEST(known_peers, are_bounded_and_forget_the_oldest) {
  known_peers peers;
  for (std::size_t i = 0; i <= known_peers::peers_max; ++i)
    ASSERT_TRUE(peers.meet(mesh::device_id(fmt::format("d{}", i)), first_key,
                           noon + std::chrono::seconds(static_cast<int>(i))));
  EXPECT_EQ(peers.all().size(), known_peers::peers_max);
  EXPECT_FALSE(peers.all().contains(mesh::device_id("d0")));
  EXPECT_TRUE(peers.all().contains(mesh::device_id("d1")));
}

}  // namespace
}  // namespace mesh::p2p
