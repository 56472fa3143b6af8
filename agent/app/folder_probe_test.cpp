#include "agent/app/folder_probe.hpp"

#include "agent/os/test_dir.hpp"

#include <fstream>

#include <gtest/gtest.h>

namespace mesh::app {
namespace {

namespace fs = std::filesystem;

TEST(folder_probe, leaves_nothing_behind_where_files_can_be_stored) {
  const os::test_dir temp;
  for (const auto& folder : {temp.path(), temp.path() / "a", temp.path() / "a/b/c"})
    EXPECT_TRUE(probe_folder(folder)) << folder;
  EXPECT_TRUE(fs::is_empty(temp.path()));
}

TEST(folder_probe, names_why_no_file_can_be_stored_and_leaves_nothing_behind) {
  const os::test_dir temp;
  std::ofstream(temp.path() / "file") << "x";
  for (const auto& folder : {temp.path() / "file", temp.path() / "file/below", fs::path("/proc/x"),
                             fs::path("/proc/x/y"), fs::path("/sys/kernel")}) {
    const auto done = probe_folder(folder);
    ASSERT_FALSE(done) << folder;
    EXPECT_EQ(done.error().code, errc::write_failed);
    EXPECT_FALSE(done.error().detail.empty());
  }
  EXPECT_EQ(std::distance(fs::directory_iterator(temp.path()), fs::directory_iterator()), 1);
}

}  // namespace
}  // namespace mesh::app
