#include "agent/app/move_into.hpp"

#include "agent/os/safe_dir.hpp"
#include "agent/os/test_dir.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include <gtest/gtest.h>

namespace mesh::app {
namespace {

namespace fs = std::filesystem;

TEST(move_into, puts_a_file_under_the_first_free_name_and_overwrites_nothing) {
  const os::test_dir dir;
  fs::create_directory(dir / "from");
  for (const auto* expected : {"note.txt", "note (1).txt", "note (2).txt"}) {
    os::write_content(dir / "from/note.txt", expected);
    const auto moved = move_into(dir / "from/note.txt", dir / "made/for it", "note.txt");
    ASSERT_TRUE(moved) << moved.error().detail;
    EXPECT_EQ(*moved, dir / "made/for it" / expected);
    EXPECT_EQ(os::content_of(*moved), expected);
    EXPECT_FALSE(fs::exists(dir / "from/note.txt"));
  }
}

// A folder on another file system; empty when there is none to write to.
struct elsewhere {
  explicit elsewhere(const os::test_dir& here) {
    std::string made = "/dev/shm/mesh-test-XXXXXX";
    struct stat here_info{}, there_info{};
    if (::mkdtemp(made.data()) == nullptr) return;
    if (::stat(here.path().c_str(), &here_info) == 0 && ::stat(made.c_str(), &there_info) == 0 &&
        here_info.st_dev != there_info.st_dev)
      path = made;
    else
      fs::remove(made);
  }
  elsewhere(const elsewhere&) = delete;
  elsewhere& operator=(const elsewhere&) = delete;
  ~elsewhere() {
    if (path.empty()) return;
    const auto above = os::safe_dir::open(path.parent_path());
    (void)above.value().remove_tree(path.filename().string());
  }
  std::ptrdiff_t entries() const { return std::distance(fs::directory_iterator(path), {}); }

  fs::path path;
};

struct stat facts(const fs::path& path) {
  struct stat out{};
  EXPECT_EQ(::lstat(path.c_str(), &out), 0) << path;
  return out;
}

TEST(move_into, copies_to_another_file_system_as_it_is_and_leaves_nothing_behind) {
  const os::test_dir dir;
  const elsewhere there(dir);
  if (there.path.empty()) GTEST_SKIP() << "there is only one file system to write to";
  fs::create_directories(dir / "folder/sub");
  os::write_content(dir / "folder/sub/deep.txt", "deep");
  fs::create_symlink("sub/deep.txt", dir / "folder/link");
  os::write_content(dir / "note.txt", std::string(300'000, 'n'));
  os::write_content(dir / "holes", "");
  fs::resize_file(dir / "holes", 64U << 20U);
  const timespec long_ago{1'000'000'000, 123'456'789};
  const timespec times[2] = {long_ago, long_ago};
  for (const auto* path : {"folder/sub/deep.txt", "folder/sub", "folder", "note.txt"})
    ASSERT_EQ(::utimensat(AT_FDCWD, (dir / path).c_str(), times, 0), 0);
  const bool marked = ::setxattr((dir / "note.txt").c_str(), "user.mesh.test", "x", 1, 0) == 0;
  fs::permissions(dir / "note.txt", fs::perms(0640));
  fs::permissions(dir / "folder/sub", fs::perms(0555));
  for (const auto* name : {"note.txt", "folder", "holes"}) {
    const auto moved = move_into(dir / name, there.path, name);
    ASSERT_TRUE(moved) << moved.error().detail;
    EXPECT_EQ(*moved, there.path / name);
    EXPECT_FALSE(fs::exists(dir / name));
  }
  EXPECT_EQ(os::content_of(there.path / "note.txt").size(), 300'000U);
  EXPECT_EQ(os::content_of(there.path / "folder/sub/deep.txt"), "deep");
  EXPECT_EQ(fs::read_symlink(there.path / "folder/link"), "sub/deep.txt");
  for (const auto* path : {"folder/sub/deep.txt", "folder/sub", "folder", "note.txt"}) {
    EXPECT_EQ(facts(there.path / path).st_mtim.tv_sec, long_ago.tv_sec) << path;
    EXPECT_EQ(facts(there.path / path).st_mtim.tv_nsec, long_ago.tv_nsec) << path;
  }
  EXPECT_EQ(facts(there.path / "note.txt").st_mode & 0777U, 0640U);
  EXPECT_EQ(facts(there.path / "folder/sub").st_mode & 0777U, 0555U);
  EXPECT_EQ(facts(there.path / "holes").st_size, 64 << 20);
  EXPECT_LT(facts(there.path / "holes").st_blocks, 100);
  char mark = 0;
  if (marked && ::setxattr((there.path / "holes").c_str(), "user.mesh.test", "x", 1, 0) == 0)
    EXPECT_EQ(::getxattr((there.path / "note.txt").c_str(), "user.mesh.test", &mark, 1), 1);
  EXPECT_EQ(there.entries(), 3);
}

TEST(move_into, what_cannot_be_copied_stays_and_the_next_attempt_begins_anew) {
  const os::test_dir dir;
  const elsewhere there(dir);
  if (there.path.empty()) GTEST_SKIP() << "there is only one file system to write to";
  os::write_content(dir / "note.txt", "n");
  os::write_content(there.path / "note.txt", "old");
  const auto kept = move_into(dir / "note.txt", there.path, "note.txt", share::collision::skip);
  EXPECT_EQ(kept.error().code, errc::file_exists);
  EXPECT_TRUE(fs::exists(dir / "note.txt"));
  EXPECT_EQ(there.entries(), 1);
  EXPECT_EQ(move_into(dir / "note.txt", there.path, "note.txt"), there.path / "note (1).txt");
  EXPECT_EQ(there.entries(), 2);
}

TEST(move_into, overwriting_makes_one_of_two_folders_wherever_they_lie) {
  const os::test_dir dir;
  const elsewhere there(dir);
  for (const auto& target : {dir / "target", there.path}) {
    if (target.empty()) continue;
    fs::create_directories(target / "album/mine");
    os::write_content(target / "album/a.txt", "old");
    fs::create_directories(dir / "album/sub");
    os::write_content(dir / "album/a.txt", "new");
    os::write_content(dir / "album/sub/b.txt", "b");
    fs::permissions(dir / "album/sub", fs::perms(0555));
    EXPECT_EQ(move_into(dir / "album", target, "album", share::collision::overwrite), target / "album");
    EXPECT_EQ(os::content_of(target / "album/a.txt"), "new");
    EXPECT_EQ(os::content_of(target / "album/sub/b.txt"), "b");
    EXPECT_TRUE(fs::exists(target / "album/mine"));
    EXPECT_FALSE(fs::exists(dir / "album"));
    EXPECT_EQ(std::distance(fs::directory_iterator(target), {}), 1);
  }
}

TEST(move_into, overwriting_never_puts_a_file_in_the_place_of_a_folder_nor_a_folder_in_that_of_a_file) {
  const os::test_dir dir;
  fs::create_directories(dir / "to/a");
  os::write_content(dir / "to/b", "a file");
  os::write_content(dir / "a", "a file");
  fs::create_directories(dir / "b");
  EXPECT_EQ(move_into(dir / "a", dir / "to", "a", share::collision::overwrite), dir / "to/a (1)");
  EXPECT_EQ(move_into(dir / "b", dir / "to", "b", share::collision::overwrite), dir / "to/b (1)");
  EXPECT_TRUE(fs::is_directory(dir / "to/a"));
  EXPECT_EQ(os::content_of(dir / "to/b"), "a file");
}

TEST(move_into, says_where_it_could_not_write) {
  const os::test_dir dir;
  os::write_content(dir / "note.txt", "n");
  os::write_content(dir / "file", "");
  const auto moved = move_into(dir / "note.txt", dir / "file", "note.txt");
  ASSERT_FALSE(moved);
  EXPECT_TRUE(moved.error().detail.contains((dir / "file").string()));
  EXPECT_TRUE(fs::exists(dir / "note.txt"));
}

}  // namespace
}  // namespace mesh::app
