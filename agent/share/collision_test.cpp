#include "agent/share/scripted_peer.hpp"
#include "agent/share/space_claim.hpp"
#include "agent/share/transfer_fixture.hpp"

#include <sys/stat.h>
#include <sys/statvfs.h>

#include <gmock/gmock.h>

namespace mesh::share {
namespace {

using testing::ElementsAre;
namespace fs = std::filesystem;

struct collisions : transfers {
  void take_with(collision policy) {
    request.make_sink = [this, policy](const transfer_info&) { return make_directory_sink(inbox, policy); };
  }
  std::string bring(const std::string& name, const std::string& content) {
    at_receiver.ends.clear();
    at_sender.ends.clear();
    start(make_file(name, content));
    loop.run();
    return at_receiver.outcome();
  }
};

TEST_F(collisions, rename_gives_a_number_overwrite_replaces_and_skip_refuses_before_the_first_byte) {
  os::write_content(inbox / "a.txt", "old");
  take_with(collision::rename);
  EXPECT_EQ(bring("a.txt", "1"), "ok");
  take_with(collision::overwrite);
  EXPECT_EQ(bring("a.txt", "2"), "ok");
  take_with(collision::skip);
  EXPECT_EQ(bring("a.txt", "3"), "file_exists");
  EXPECT_EQ(at_sender.outcome(), "file_exists");
  EXPECT_NE(at_sender.ends.back().second.error().detail.find("keeps it"), std::string::npos);
  EXPECT_EQ(bring("A.TXT", "4"), "file_exists") << "the same name for many systems";
  EXPECT_EQ(bring("b.txt", "5"), "ok");
  EXPECT_EQ(received(),
            (std::map<std::string, std::string>{{"a.txt", "2"}, {"a (1).txt", "1"}, {"b.txt", "5"}}));
}

TEST_F(collisions, the_old_content_stays_until_the_new_one_is_verified) {
  take_with(collision::overwrite);
  const auto fresh = random_content(2'000'000);
  os::write_content(inbox / "a.bin", "old");
  const auto file = make_file("a.bin", fresh);
  const auto link = start(file);
  run_until_delivered(*link, 1'000'000);
  EXPECT_EQ(os::content_of(inbox / "a.bin"), "old");
  link->cut();
  loop.run();
  EXPECT_EQ(os::content_of(inbox / "a.bin"), "old");
  at_receiver.ends.clear();
  start(file);
  loop.run();
  EXPECT_EQ(at_receiver.outcome(), "ok");
  EXPECT_EQ(os::content_of(inbox / "a.bin"), fresh);
  EXPECT_THAT(names(), ElementsAre("a.bin"));
}

TEST_F(collisions, a_file_with_another_hash_than_it_says_replaces_nothing) {
  take_with(collision::overwrite);
  os::write_content(inbox / "a.bin", "old");
  auto pair = make_memory_pair(loop);
  ASSERT_TRUE(receiver->receive(std::move(pair.b), {}, request).has_value());
  scripted_peer peer(std::move(pair.a));
  peer.say(wire::file_meta{"t1", "a.bin", 3, {}, 0, 0644});
  peer.chunk(0, "new");
  peer.say(wire::file_done{std::string(64, '0'), 3});
  loop.run();
  EXPECT_EQ(at_receiver.outcome(), "hash_mismatch");
  EXPECT_EQ(received(), (std::map<std::string, std::string>{{"a.bin", "old"}}));
}

TEST_F(collisions, overwrite_replaces_a_link_and_never_what_it_points_to) {
  take_with(collision::overwrite);
  os::write_content(temp / "victim", "precious");
  fs::create_symlink(temp / "victim", inbox / "a.txt");
  EXPECT_EQ(bring("a.txt", "new"), "ok");
  EXPECT_EQ(os::content_of(temp / "victim"), "precious");
  EXPECT_TRUE(fs::is_regular_file(fs::symlink_status(inbox / "a.txt")));
  EXPECT_EQ(os::content_of(inbox / "a.txt"), "new");
}

TEST_F(collisions, overwrite_leaves_folders_and_the_parts_of_other_transfers_alone) {
  take_with(collision::overwrite);
  fs::create_directory(inbox / "folder");
  EXPECT_EQ(bring("folder", "x"), "ok");
  EXPECT_TRUE(fs::is_directory(inbox / "folder"));
  os::write_content(inbox / "b.bin.part", "of somebody else");
  EXPECT_EQ(bring("b.bin.part", "evil"), "ok");
  EXPECT_EQ(os::content_of(inbox / "b.bin.part"), "of somebody else");
}

TEST_F(collisions, a_name_that_comes_meanwhile_is_not_overwritten_by_skip) {
  take_with(collision::skip);
  worker_busy = true;
  start(make_file("a.txt", "new"));
  loop.run();
  os::write_content(inbox / "a.txt", "came meanwhile");
  let_worker_finish();
  EXPECT_EQ(at_receiver.outcome(), "file_exists");
  EXPECT_EQ(os::content_of(inbox / "a.txt"), "came meanwhile");
}

TEST(space_claims, count_what_is_promised_until_it_is_written_or_given_up) {
  constexpr dev_t disk = 0xfeed;
  {
    space_claim first(disk, 1000);
    EXPECT_EQ(space_claim::claimed(disk), 1000U);
    space_claim second(disk, 500);
    first.shrink_to(400);
    first.shrink_to(900);
    EXPECT_EQ(space_claim::claimed(disk), 900U);
    space_claim moved(std::move(second));
    EXPECT_EQ(space_claim::claimed(disk), 900U);
    first = std::move(moved);
    EXPECT_EQ(space_claim::claimed(disk), 500U);
  }
  EXPECT_EQ(space_claim::claimed(disk), 0U);
}

TEST_F(collisions, room_that_was_promised_to_one_file_is_not_promised_to_another) {
  struct statvfs facts{};
  ASSERT_EQ(::statvfs(inbox.c_str(), &facts), 0);
  struct stat folder{};
  ASSERT_EQ(::stat(inbox.c_str(), &folder), 0);
  const auto free = static_cast<std::uint64_t>(facts.f_bavail) * facts.f_frsize;
  const space_claim others(folder.st_dev, free);
  auto pair = make_memory_pair(loop);
  ASSERT_TRUE(receiver->receive(std::move(pair.b), {}, request).has_value());
  scripted_peer peer(std::move(pair.a));
  peer.say(wire::file_meta{"t1", "a.bin", 100'000'000'000, {}, 0, 0644});
  loop.run();
  ASSERT_EQ(at_receiver.outcome(), "disk_full");
  const auto* const said = peer.last<wire::file_reject>();
  ASSERT_NE(said, nullptr);
  EXPECT_NE(said->message.find("100000000000 bytes are needed, 0 can be stored"), std::string::npos)
      << said->message;
  EXPECT_TRUE(received().empty());
}

}  // namespace
}  // namespace mesh::share
