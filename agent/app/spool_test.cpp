#include "agent/app/spool.hpp"

#include "agent/os/test_dir.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <gtest/gtest.h>

namespace mesh::app {
namespace {

namespace fs = std::filesystem;

struct spools : testing::Test {
  os::test_dir temp;

  result<fs::path> put(const std::string& content, const std::string& name) {
    os::write_content(temp / "input", content);
    const int fd = ::open((temp / "input").c_str(), O_RDONLY);
    auto out = spool(fd, temp / "state", name);
    ::close(fd);
    return out;
  }
};

TEST_F(spools, keep_what_was_read_in_private_and_remove_it_again) {
  const std::string content(700'000, 'x');
  const auto file = put(content, "notes.txt");
  ASSERT_TRUE(file.has_value());
  EXPECT_EQ(file->filename(), "notes.txt");
  EXPECT_EQ(os::content_of(*file), content);
  struct stat facts{};
  ASSERT_EQ(::stat(file->parent_path().c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777U, 0700U);
  ASSERT_EQ(::stat(file->c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777U, 0600U);
  unspool(*file, temp / "state");
  EXPECT_TRUE(fs::is_empty(temp / "state/spool"));
}

TEST_F(spools, remove_nothing_that_is_not_theirs) {
  fs::create_directories(temp / "state/other");
  os::write_content(temp / "state/other/a", "precious");
  for (const fs::path& path : {temp / "state/other/a", temp / "state/other"}) unspool(path, temp / "state");
  EXPECT_EQ(os::content_of(temp / "state/other/a"), "precious");
}

TEST_F(spools, take_one_harmless_name) {
  for (const char* name : {"", ".", "..", "a/b", "/etc/passwd"}) {
    const auto file = put("x", name);
    ASSERT_FALSE(file.has_value()) << name;
    EXPECT_EQ(file.error().code, errc::name_unsafe) << name;
  }
  EXPECT_FALSE(fs::exists(temp / "state/spool"));
}

TEST_F(spools, forget_what_nobody_wants_for_a_day) {
  const auto wanted = put("1", "wanted").value();
  const auto old = put("2", "old").value();
  const auto fresh = put("3", "fresh").value();
  const auto yesterday = fs::file_time_type::clock::now() - std::chrono::hours(25);
  fs::last_write_time(wanted.parent_path(), yesterday);
  fs::last_write_time(old.parent_path(), yesterday);
  clean_spool(temp / "state", [&](const fs::path& folder) { return folder == wanted.parent_path(); });
  EXPECT_TRUE(fs::exists(wanted));
  EXPECT_TRUE(fs::exists(fresh));
  EXPECT_FALSE(fs::exists(old.parent_path()));
}

}  // namespace
}  // namespace mesh::app
