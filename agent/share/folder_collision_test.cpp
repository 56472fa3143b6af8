// What becomes of a folder whose name is taken where it arrives, and of the room it needs.
#include "agent/share/scripted_peer.hpp"
#include "agent/share/space_claim.hpp"
#include "agent/share/transfer_fixture.hpp"

#include <sys/fsuid.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include <gmock/gmock.h>

namespace mesh::share {
namespace {

namespace fs = std::filesystem;

struct taken_folders : transfers {
  fs::path source = temp / "album";

  void take_with(collision policy) {
    request.place_for = [this, policy](const transfer_info&) { return folder_place{inbox, policy}; };
  }
  static void write(const fs::path& root, const std::string& path, const std::string& content) {
    fs::create_directories((root / path).parent_path());
    os::write_content(root / path, content);
  }
  std::string bring() {
    at_receiver.ends.clear();
    at_sender.ends.clear();
    start_folder(source);
    loop.run();
    return at_receiver.outcome();
  }
  // Path and content of every file below the inbox, links as "-> target".
  std::map<std::string, std::string> all() const {
    std::map<std::string, std::string> out;
    for (const auto& entry : fs::recursive_directory_iterator(inbox)) {
      const auto path = entry.path().lexically_relative(inbox).string();
      if (entry.is_symlink())
        out[path] = "-> " + fs::read_symlink(entry.path()).string();
      else if (entry.is_regular_file())
        out[path] = os::content_of(entry.path());
    }
    return out;
  }
};

using tree = std::map<std::string, std::string>;

TEST_F(taken_folders, are_numbered_unless_somebody_wants_something_else) {
  write(inbox, "album/mine.txt", "mine");
  write(source, "a.txt", "1");
  EXPECT_EQ(bring(), "ok");
  EXPECT_EQ(all(), (tree{{"album/mine.txt", "mine"}, {"album (1)/a.txt", "1"}}));
}

TEST_F(taken_folders, are_refused_before_the_first_byte_by_skip) {
  take_with(collision::skip);
  write(inbox, "ALBUM/mine.txt", "mine");
  write(source, "a.txt", "1");
  EXPECT_EQ(bring(), "file_exists");
  EXPECT_EQ(at_sender.outcome(), "file_exists");
  EXPECT_NE(at_sender.ends.back().second.error().detail.find("keeps it"), std::string::npos);
  EXPECT_EQ(all(), (tree{{"ALBUM/mine.txt", "mine"}}));
  fs::remove_all(inbox / "ALBUM");
  EXPECT_EQ(bring(), "ok");
  EXPECT_EQ(all(), (tree{{"album/a.txt", "1"}}));
}

TEST_F(taken_folders, that_come_meanwhile_are_kept_by_skip) {
  take_with(collision::skip);
  write(source, "a.txt", "1");
  worker_busy = true;
  start_folder(source);
  for (int i = 0; i < 50 && at_receiver.ends.empty(); ++i) {
    loop.run();
    if (!at_receiver.started.empty()) write(inbox, "album/mine.txt", "mine");
    run_worker();
  }
  loop.run();
  EXPECT_EQ(at_receiver.outcome(), "file_exists");
  EXPECT_EQ(os::content_of(inbox / "album" / "mine.txt"), "mine");
}

TEST_F(taken_folders, get_what_comes_file_by_file_with_overwrite) {
  take_with(collision::overwrite);
  write(inbox, "album/mine.txt", "mine");
  write(inbox, "album/a.txt", "old");
  write(inbox, "album/sub/keep.txt", "kept");
  write(inbox, "album/sub/b.txt", "old");
  write(source, "a.txt", "new");
  write(source, "sub/b.txt", "new");
  write(source, "sub/deep/c.txt", "new");
  fs::create_symlink("a.txt", source / "link");
  EXPECT_EQ(bring(), "ok");
  EXPECT_EQ(at_sender.outcome(), "ok");
  EXPECT_EQ(at_sender.summary().name, "album");
  EXPECT_EQ(at_receiver.summary().path, (inbox / "album").string());
  EXPECT_EQ(all(), (tree{{"album/mine.txt", "mine"},
                         {"album/a.txt", "new"},
                         {"album/link", "-> a.txt"},
                         {"album/sub/keep.txt", "kept"},
                         {"album/sub/b.txt", "new"},
                         {"album/sub/deep/c.txt", "new"}}));
  EXPECT_EQ(std::distance(fs::directory_iterator(inbox), {}), 1) << "neither part nor journal stay";
}

// The agent is killed while the files are put into the folder that has the name.
TEST_F(taken_folders, get_nothing_twice_that_was_put_there_before_a_kill) {
  take_with(collision::overwrite);
  write(inbox, "album/mine.txt", "mine");
  const auto content = random_content(300'000);
  write(source, "a.bin", content);
  write(source, "b.bin", random_content(300'000, 2));
  fs::permissions(source / "a.bin", fs::perms::owner_read);
  worker_busy = true;
  start_folder(source);
  const auto part = inbox / "album.part";
  for (int i = 0; i < 3; ++i) {  // laid out, looked at, on the disk
    loop.run();
    run_worker();
  }
  loop.run();
  ASSERT_EQ(os::content_of(part / "a.bin"), content);
  receiver.reset();
  sender.reset();
  jobs.clear();
  fs::rename(part / "a.bin", inbox / "album" / "a.bin");
  worker_busy = false;
  sender.emplace(make_runtime(), at_sender);
  receiver.emplace(make_runtime(), at_receiver);
  at_sender.ends.clear();
  const auto link = start_folder(source);
  loop.run();
  EXPECT_EQ(at_receiver.outcome(), "ok");
  EXPECT_LT(link->halves[0].total_delivered, 10'000U);
  EXPECT_EQ(os::content_of(inbox / "album" / "a.bin"), content);
  EXPECT_EQ(all().size(), 3U);
}

// Nobody learns what lies in a folder that others fill as well.
TEST_F(taken_folders, tell_nobody_of_the_files_of_others) {
  take_with(collision::overwrite);
  const auto content = random_content(300'000);
  write(inbox, "album/a.bin", content);
  write(source, "a.bin", content);
  fs::last_write_time(source / "a.bin", fs::last_write_time(inbox / "album" / "a.bin"));
  start_folder(source);
  loop.run();
  EXPECT_EQ(at_receiver.outcome(), "ok");
  EXPECT_EQ(at_sender.summary().before, 0U) << "it comes anew though it is the same";
}

TEST_F(taken_folders, keep_their_content_until_all_of_the_new_one_is_there) {
  take_with(collision::overwrite);
  write(inbox, "album/a.bin", "old");
  write(source, "a.bin", random_content(100));
  write(source, "b.bin", random_content(3'000'000));
  const auto link = start_folder(source);
  run_until_delivered(*link, 1'000'000);
  EXPECT_EQ(os::content_of(inbox / "album" / "a.bin"), "old");
  link->cut();
  loop.run();
  EXPECT_EQ(os::content_of(inbox / "album" / "a.bin"), "old");
  EXPECT_EQ(bring(), "ok");
  EXPECT_EQ(os::content_of(inbox / "album" / "a.bin"), random_content(100));
}

TEST_F(taken_folders, never_turn_a_file_into_a_folder_or_a_folder_into_a_file) {
  take_with(collision::overwrite);
  write(inbox, "album/a/inner.txt", "mine");
  write(inbox, "album/b", "mine");
  write(inbox, "album/Readme", "mine");
  write(source, "a", "a file here");
  write(source, "b/inner.txt", "a folder here");
  write(source, "README", "another name for some systems");
  EXPECT_EQ(bring(), "ok");
  EXPECT_EQ(all(), (tree{{"album/a/inner.txt", "mine"},
                         {"album/a (1)", "a file here"},
                         {"album/b", "mine"},
                         {"album/b (1)/inner.txt", "a folder here"},
                         {"album/Readme", "mine"},
                         {"album/README (1)", "another name for some systems"}}));
  EXPECT_EQ(at_sender.summary().tree->renamed, 3U);
}

TEST_F(taken_folders, lead_nowhere_else_though_a_link_stands_there) {
  take_with(collision::overwrite);
  fs::create_directories(temp / "elsewhere");
  write(temp / "elsewhere", "a.txt", "precious");
  write(source, "sub/a.txt", "evil");
  fs::create_directory_symlink(temp / "elsewhere", inbox / "album");
  EXPECT_EQ(bring(), "ok");
  EXPECT_EQ(os::content_of(temp / "elsewhere" / "a.txt"), "precious");
  EXPECT_TRUE(fs::exists(inbox / "album (1)" / "sub" / "a.txt"));
  fs::remove(inbox / "album");
  fs::create_directories(inbox / "album");
  fs::create_directory_symlink(temp / "elsewhere", inbox / "album" / "sub");
  EXPECT_EQ(bring(), "ok");
  EXPECT_EQ(os::content_of(temp / "elsewhere" / "a.txt"), "precious");
  EXPECT_EQ(os::content_of(inbox / "album" / "sub (1)" / "a.txt"), "evil");
}

TEST_F(taken_folders, do_not_replace_a_link_by_its_target_nor_a_file_by_a_part) {
  take_with(collision::overwrite);
  write(inbox, "album/real.txt", "mine");
  fs::create_symlink("real.txt", inbox / "album" / "a.txt");
  write(source, "a.txt", "new");
  EXPECT_EQ(bring(), "ok");
  EXPECT_EQ(all(), (tree{{"album/real.txt", "mine"}, {"album/a.txt", "new"}}));
  write(inbox, "b.part/of-somebody-else", "x");
  source = temp / "b.part";
  write(source, "of-somebody-else", "evil");
  EXPECT_EQ(bring(), "ok");
  EXPECT_EQ(os::content_of(inbox / "b.part" / "of-somebody-else"), "x");
}

TEST_F(taken_folders, with_read_only_folders_in_them_can_be_put_together) {
  take_with(collision::overwrite);
  write(inbox, "album/sub/mine.txt", "mine");
  write(source, "sub/a.txt", "new");
  write(source, "other/b.txt", "new");
  fs::permissions(source / "sub", fs::perms(0555));
  fs::permissions(source / "other", fs::perms(0555));
  EXPECT_EQ(bring(), "ok");
  struct stat facts{};
  ASSERT_EQ(::stat((inbox / "album" / "other").c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777U, 0555U);
  EXPECT_EQ(os::content_of(inbox / "album" / "sub" / "a.txt"), "new");
  for (const auto& dir : {source / "sub", source / "other", inbox / "album" / "other"})
    fs::permissions(dir, fs::perms(0755));
}

// Root may write anywhere: for the rest of the test this thread reaches files as somebody who is not.
struct as_nobody {
  static constexpr unsigned id = 65534;
  explicit as_nobody(const fs::path& open_to_all) {
    fs::permissions(open_to_all, fs::perms::all);
    (void)::setfsuid(id);
  }
  as_nobody(const as_nobody&) = delete;
  as_nobody& operator=(const as_nobody&) = delete;
  ~as_nobody() { (void)::setfsuid(::geteuid()); }
};

TEST_F(taken_folders, that_are_read_only_take_what_comes_and_stay_so) {
  take_with(collision::overwrite);
  fs::permissions(inbox, fs::perms::all);
  const as_nobody somebody(temp.path());
  write(inbox, "album/sub/deep/a.txt", "old");
  write(inbox, "album/sub/mine.txt", "mine");
  write(source, "sub/deep/a.txt", "new");
  write(source, "sub/deep/b.txt", "new");
  write(source, "top.txt", "new");
  const std::vector<fs::path> closed{source / "sub/deep", source / "sub", inbox / "album/sub/deep",
                                     inbox / "album/sub", inbox / "album"};
  for (const auto& dir : closed) fs::permissions(dir, fs::perms(0555));
  EXPECT_EQ(bring(), "ok");
  EXPECT_EQ(all(), (tree{{"album/top.txt", "new"},
                         {"album/sub/mine.txt", "mine"},
                         {"album/sub/deep/a.txt", "new"},
                         {"album/sub/deep/b.txt", "new"}}));
  EXPECT_EQ(std::distance(fs::directory_iterator(inbox), {}), 1) << "neither part nor journal stay";
  for (const auto& dir : closed) {
    struct stat facts{};
    ASSERT_EQ(::stat(dir.c_str(), &facts), 0);
    EXPECT_EQ(facts.st_mode & 0777U, 0555U) << dir;
    fs::permissions(dir, fs::perms(0755));
  }
}

TEST_F(taken_folders, cannot_count_on_room_that_another_one_was_promised) {
  struct statvfs facts{};
  ASSERT_EQ(::statvfs(inbox.c_str(), &facts), 0);
  const auto free = static_cast<std::uint64_t>(facts.f_bavail) * facts.f_frsize;
  struct stat disk{};
  ASSERT_EQ(::stat(inbox.c_str(), &disk), 0);
  const auto offer = [&](const std::string& id, std::uint64_t size) {
    auto pair = make_memory_pair(loop);
    EXPECT_TRUE(receiver->receive_folder(std::move(pair.b), {}, request).has_value());
    auto peer = std::make_unique<scripted_peer>(std::move(pair.a));
    peer->say(wire::folder_meta{id, id, std::string(32, 'a'), 1, 1, 1, size, 0, 0755});
    peer->say(wire::folder_manifest{0, 1, {{"a.bin", "file", size, 0, 0644, {}}}});
    loop.run();
    return peer;
  };
  const auto before = space_claim::claimed(disk.st_dev);
  auto first = offer("one", free / 3 * 2);
  ASSERT_NE(first->last<wire::folder_accept>(), nullptr);
  EXPECT_EQ(space_claim::claimed(disk.st_dev), before + free / 3 * 2);
  auto second = offer("two", free / 3 * 2);
  ASSERT_NE(second->last<wire::file_reject>(), nullptr);
  EXPECT_EQ(second->last<wire::file_reject>()->code, "disk_full");
  EXPECT_NE(second->last<wire::file_reject>()->message.find("no room at the receiver"), std::string::npos);
  first->hang_up();
  loop.run();
  EXPECT_EQ(space_claim::claimed(disk.st_dev), before) << "what does not come is promised to nobody";
  auto third = offer("three", free / 3 * 2);
  EXPECT_NE(third->last<wire::folder_accept>(), nullptr);
}

}  // namespace
}  // namespace mesh::share
