#include "server/app/data_dir.hpp"

#include "server/app/testing.hpp"

#include <fstream>
#include <sys/stat.h>

namespace mesh::app {
namespace {

unsigned mode_of(const std::filesystem::path& path) {
  struct stat facts{};
  ::stat(path.c_str(), &facts);
  return facts.st_mode & 0777U;
}

class data_dir_test : public ::testing::Test {
 public:
  test_dir folder;
  std::filesystem::path path = folder / "below" / "data";
};

TEST_F(data_dir_test, is_made_for_its_owner_only) {
  ASSERT_TRUE(data_dir::open(path));
  EXPECT_EQ(mode_of(path), 0700U);
}

TEST_F(data_dir_test, is_closed_to_others_when_it_was_open) {
  std::filesystem::create_directories(path);
  ::chmod(path.c_str(), 0755);
  ASSERT_TRUE(data_dir::open(path));
  EXPECT_EQ(mode_of(path), 0700U);
}

TEST_F(data_dir_test, a_file_in_its_place_is_an_error_that_names_it) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path) << "x";
  const auto opened = data_dir::open(path);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, errc::state_unreadable);
  EXPECT_TRUE(opened.error().detail.contains(path.string()));
}

TEST_F(data_dir_test, serves_one_server_at_a_time) {
  auto first = data_dir::open(path);
  auto second = data_dir::open(path);
  {
    auto holder = std::move(*first);
    ASSERT_TRUE(holder.lock());
    const auto refused = second->lock();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, errc::state_locked);
  }
  EXPECT_TRUE(second->lock());
}

TEST_F(data_dir_test, keeps_the_same_keys_in_a_file_of_its_owner) {
  const auto data = data_dir::open(path);
  const auto first = data->keys();
  const auto again = data->keys();
  ASSERT_TRUE(first && again);
  EXPECT_EQ(first->nonce, again->nonce);
  EXPECT_EQ(mode_of(path / "keys"), 0600U);
}

TEST_F(data_dir_test, refuses_keys_that_others_can_read_or_that_are_damaged) {
  const auto data = data_dir::open(path);
  ASSERT_TRUE(data->keys());
  ::chmod((path / "keys").c_str(), 0644);
  EXPECT_EQ(data->keys().error().code, errc::state_unreadable);
  ::chmod((path / "keys").c_str(), 0600);
  std::ofstream(path / "keys") << "not keys";
  const auto damaged = data->keys();
  ASSERT_FALSE(damaged);
  EXPECT_EQ(damaged.error().code, errc::state_unreadable);
  EXPECT_TRUE(damaged.error().detail.contains((path / "keys").string()));
}

TEST_F(data_dir_test, says_where_the_server_is_only_while_it_runs) {
  auto looking = data_dir::open(path);
  {
    auto serving = data_dir::open(path);
    ASSERT_TRUE(serving->announce("http://localhost:1234"));
    EXPECT_EQ(looking->announced(), "http://localhost:1234");
  }
  EXPECT_FALSE(looking->announced());
}

}  // namespace
}  // namespace mesh::app
