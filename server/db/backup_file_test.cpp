#include "server/db/backup_file.hpp"

#include "server/db/database.hpp"
#include "tests/support/sample_database.hpp"

#include <fstream>
#include <random>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mesh::db {
namespace {

namespace fs = std::filesystem;
using namespace testing_support;
using ::testing::HasSubstr;

std::string read(const fs::path& file) {
  std::ostringstream out;
  out << std::ifstream(file, std::ios::binary).rdbuf();
  return out.str();
}

void put(const fs::path& file, std::string_view text) {
  std::ofstream(file, std::ios::binary) << text;
}

class backup_file_test : public ::testing::Test {
 protected:
  void SetUp() override {
    here_ = new_database(folder_, "here");
    ASSERT_NO_FATAL_FAILURE(make_old(here_, static_cast<int>(migrations().size()), 40));
    fs::create_directory(folder_ / "kept");
  }
  result<std::vector<table_sum>> write(const std::string& from, onto existing = onto::refuse) {
    const auto opened = source(from).open(open_mode::read_only);
    if (!opened) return std::unexpected(opened.error());
    return backup_file::write(**opened, file_, {now, "1.2.3", secret("the keys")}, existing);
  }
  test_dir folder_;
  std::string here_;
  fs::path file_ = folder_ / "kept/backup";
};

TEST_F(backup_file_test, holds_everything_in_one_file_of_its_owner) {
  const auto written = write(here_);
  ASSERT_TRUE(written) << written.error().detail;
  EXPECT_EQ(fs::status(file_).permissions(), fs::perms::owner_read | fs::perms::owner_write);
  auto made = backup_file::open(file_);
  ASSERT_TRUE(made) << made.error().detail;
  EXPECT_EQ(made->label().made_at, now);
  EXPECT_EQ(made->label().program, "1.2.3");
  EXPECT_EQ(made->label().keys.reveal(), "the keys");
  const auto there = new_database(folder_, "there");
  auto target = source(there).open(open_mode::read_write);
  ASSERT_TRUE(target);
  ASSERT_TRUE(copy_database(made->rows(), **target, now, {}));
  EXPECT_EQ(sums_of(there), *written);
  EXPECT_EQ(sums_of(there), sums_of(here_));
  const auto beside = std::distance(fs::directory_iterator(folder_ / "kept"), fs::directory_iterator());
  EXPECT_EQ(beside, 1);
}

TEST_F(backup_file_test, of_every_older_schema_can_be_restored) {
  for (int version = 1; version <= static_cast<int>(migrations().size()); ++version) {
    const auto old = new_database(folder_, "old" + std::to_string(version));
    const auto fresh = new_database(folder_, "fresh" + std::to_string(version));
    ASSERT_NO_FATAL_FAILURE(make_old(old, version, 2));
    ASSERT_TRUE(write(old, onto::replace));
    auto made = backup_file::open(file_);
    auto target = source(fresh).open(open_mode::read_write);
    ASSERT_TRUE(made && target);
    ASSERT_TRUE(copy_database(made->rows(), **target, now, {}));
    EXPECT_EQ(sums_of(fresh), sums_of(old));
    target->reset();
    EXPECT_TRUE(database::open(fresh, now));
  }
}

TEST_F(backup_file_test, never_overwrites_unless_told) {
  put(file_, "precious");
  EXPECT_EQ(write(here_).error().code, errc::file_exists);
  EXPECT_EQ(read(file_), "precious");
  EXPECT_TRUE(write(here_, onto::replace));
  EXPECT_TRUE(backup_file::open(file_));
}

TEST_F(backup_file_test, leaves_nothing_behind_when_it_fails) {
  const auto empty = new_database(folder_, "empty");
  ASSERT_TRUE(source(empty).open(open_mode::read_write));
  EXPECT_FALSE(write(empty));
  EXPECT_TRUE(fs::is_empty(folder_ / "kept"));
  file_ = folder_ / "no/such/folder";
  EXPECT_EQ(write(here_).error().code, errc::write_failed);
}

TEST_F(backup_file_test, every_cut_and_every_changed_byte_is_noticed) {
  ASSERT_TRUE(write(here_));
  const auto whole = read(file_);
  const auto damaged = folder_ / "damaged";
  const auto refused = [&](const std::string& what) {
    const auto opened = backup_file::open(damaged);
    ASSERT_FALSE(opened) << what;
    EXPECT_EQ(opened.error().code, errc::backup_invalid) << what;
    EXPECT_THAT(opened.error().detail, HasSubstr(damaged.string())) << what;
  };
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 chance(seed);
  std::uniform_int_distribution<std::size_t> anywhere(0, whole.size() - 1);
  std::vector<std::size_t> places{
      0, 15, 16, 68, 99, 100, 4095, 4096, whole.size() - 94, whole.size() - 2, whole.size() - 1};
  for (int i = 0; i < 60; ++i) places.push_back(anywhere(chance));
  for (const auto at : places) {
    put(damaged, std::string_view(whole).substr(0, at));
    refused("cut at " + std::to_string(at));
    auto flipped = whole;
    flipped[at] = static_cast<char>(flipped[at] ^ (1 << (chance() % 8)));
    put(damaged, flipped);
    refused("another byte at " + std::to_string(at));
  }
  for (const auto& more : {std::string("\n"), std::string(4096, '\0'), whole}) {
    put(damaged, whole + more);
    refused("more behind it");
  }
}

TEST_F(backup_file_test, foreign_files_are_named_as_such) {
  const auto other = folder_ / "other";
  EXPECT_EQ(backup_file::open(other).error().code, errc::file_unreadable);
  const auto foreign = [&] { return backup_file::open(other).error(); };
  for (const auto& text :
       {std::string(), std::string("x"), std::string(5000, 'x'), std::string("SQLite format 3")}) {
    put(other, text);
    EXPECT_EQ(foreign().code, errc::backup_invalid);
    EXPECT_THAT(foreign().detail, HasSubstr("did not make this file"));
  }
  fs::remove(other);
  ASSERT_TRUE(database::open(other.string(), now));
  EXPECT_THAT(foreign().detail, HasSubstr("did not make this file"));
  EXPECT_EQ(backup_file::open(folder_.path()).error().code, errc::file_unreadable);
}

}  // namespace
}  // namespace mesh::db
