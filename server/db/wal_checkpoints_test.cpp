#include "server/db/sqlite.hpp"

#include <filesystem>

#include <gtest/gtest.h>

namespace mesh::db {
namespace {

namespace fs = std::filesystem;

// Left alone, the log would grow by every page that is written: 100 MB here.
TEST(wal_checkpoints, keep_the_log_small_under_a_stream_of_commits_and_lose_nothing) {
  std::string pattern = (fs::temp_directory_path() / "mesh-wal-XXXXXX").string();
  ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
  const fs::path folder = pattern;
  const auto file = folder / "mesh.db";
  constexpr int commits = 400;
  {
    const auto db = sqlite::open(file, open_mode::read_write);
    ASSERT_TRUE(db) << db.error().detail;
    ASSERT_TRUE((*db)->script("CREATE TABLE pages (number INTEGER PRIMARY KEY, text TEXT NOT NULL)"));
    for (int i = 0; i < commits; ++i) {
      ASSERT_TRUE((*db)->begin());
      (*db)->exec("INSERT INTO pages (number, text) VALUES ($1, $2)", i, std::string(256UZ * 1024, 'a'));
      ASSERT_TRUE((*db)->commit());
    }
    EXPECT_LT(fs::file_size(file.string() + "-wal"), 17'000U * 4120);
  }
  // The last connection copies the rest and takes the log away.
  EXPECT_FALSE(fs::exists(file.string() + "-wal"));
  const auto again = sqlite::open(file, open_mode::read_only);
  ASSERT_TRUE(again);
  EXPECT_EQ((*again)->number("SELECT COUNT(*) FROM pages WHERE length(text) = 262144"), commits);
  EXPECT_EQ((*again)->one<std::string>("PRAGMA integrity_check"), "ok");
  fs::remove_all(folder);
}

}  // namespace
}  // namespace mesh::db
