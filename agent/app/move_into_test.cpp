#include "agent/app/move_into.hpp"

#include "agent/os/test_dir.hpp"

#include <sys/stat.h>

#include <gtest/gtest.h>

namespace mesh::app {
namespace {

namespace fs = std::filesystem;

TEST(move_into, puts_a_file_under_the_first_free_name_and_overwrites_nothing) {
  const os::test_dir dir;
  fs::create_directory(dir / "from");
  for (const auto* expected : {"note.txt", "note (1).txt", "note (2).txt"}) {
    os::write_content(dir / "from/note.txt", expected);
    const auto moved = move_into(dir / "from/note.txt", dir / "made/for it");
    ASSERT_TRUE(moved) << moved.error().detail;
    EXPECT_EQ(*moved, dir / "made/for it" / expected);
    EXPECT_EQ(os::content_of(*moved), expected);
    EXPECT_FALSE(fs::exists(dir / "from/note.txt"));
  }
}

TEST(move_into, copies_to_another_file_system_and_leaves_nothing_behind) {
  const os::test_dir dir;
  std::string there = "/dev/shm/mesh-test-XXXXXX";
  struct stat here_info{}, there_info{};
  if (::mkdtemp(there.data()) == nullptr || ::stat(dir.path().c_str(), &here_info) != 0 ||
      ::stat(there.c_str(), &there_info) != 0 || here_info.st_dev == there_info.st_dev) {
    fs::remove_all(there);
    GTEST_SKIP() << "there is only one file system to write to";
  }
  fs::create_directories(dir / "folder/sub");
  os::write_content(dir / "folder/sub/deep.txt", "deep");
  os::write_content(dir / "note.txt", std::string(300'000, 'n'));
  for (const auto* name : {"note.txt", "folder"}) {
    const auto moved = move_into(dir / name, there);
    ASSERT_TRUE(moved) << moved.error().detail;
    EXPECT_EQ(*moved, fs::path(there) / name);
    EXPECT_FALSE(fs::exists(dir / name));
  }
  EXPECT_EQ(os::content_of(fs::path(there) / "note.txt").size(), 300'000U);
  EXPECT_EQ(os::content_of(fs::path(there) / "folder/sub/deep.txt"), "deep");
  EXPECT_EQ(std::distance(fs::directory_iterator(there), {}), 2);
  fs::remove_all(there);
}

TEST(move_into, says_where_it_could_not_write) {
  const os::test_dir dir;
  os::write_content(dir / "note.txt", "n");
  os::write_content(dir / "file", "");
  const auto moved = move_into(dir / "note.txt", dir / "file");
  ASSERT_FALSE(moved);
  EXPECT_TRUE(moved.error().detail.contains((dir / "file").string()));
  EXPECT_TRUE(fs::exists(dir / "note.txt"));
}

}  // namespace
}  // namespace mesh::app
