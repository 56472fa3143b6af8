#include "agent/share/zip_source.hpp"
#include "core/base/limits.hpp"
#include "core/base/test_dir.hpp"

#include <chrono>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <random>
#include <unistd.h>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace mesh::share {
namespace {

namespace fs = std::filesystem;

void write(const fs::path& file, std::string_view text) {
  fs::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary) << text;
}

class zip : public testing::Test {
 protected:
  std::shared_ptr<zip_source> make() {
    auto tree = scan_tree(dir_.path() / "album");
    EXPECT_TRUE(tree.has_value());
    auto made = zip_source::make(std::make_shared<const source_tree>(std::move(*tree)));
    EXPECT_TRUE(made.has_value()) << (made ? "" : made.error().detail);
    return made ? *made : nullptr;
  }
  bytes all(zip_source& source) {
    bytes out(static_cast<std::size_t>(source.size()));
    const auto read = source.read(0, out);
    EXPECT_TRUE(read.has_value()) << (read ? "" : read.error().detail);
    return out;
  }
  // 0: Python's zipfile finds every check sum right and the list equal to the tree's.
  int python(const bytes& content, std::string_view check) {
    write(dir_.path() / "a.zip", as_text(content));
    const auto script = dir_.path() / "check.py";
    write(script, fmt::format("import zipfile\nz = zipfile.ZipFile({:?})\nassert z.testzip() is None\n{}\n",
                              (dir_.path() / "a.zip").string(), check));
    return std::system(("python3 " + script.string()).c_str());
  }
  test_dir dir_;
};

TEST_F(zip, opens_with_other_programs) {
  write(dir_.path() / "album/a.txt", "content");
  write(dir_.path() / "album/\xC3\xA9t\xC3\xA9/\xE2\x80\x9Cquoted\xE2\x80\x9D 100%.txt", "x");
  write(dir_.path() / "album/empty", "");
  fs::create_directories(dir_.path() / "album/nothing/here");
  fs::create_symlink("a.txt", dir_.path() / "album/link");
  const auto source = make();
  ASSERT_NE(source, nullptr);
  const auto content = all(*source);
  EXPECT_EQ(
      python(content,
             "assert z.read('album/a.txt') == b'content'\n"
             "assert z.read('album/\xC3\xA9t\xC3\xA9/\xE2\x80\x9Cquoted\xE2\x80\x9D 100%.txt') == b'x'\n"
             "assert 'album/nothing/here/' in z.namelist()\n"
             "assert z.read('album/link') == b'a.txt'"),
      0);
  if (std::system("unzip -v >/dev/null 2>&1") == 0) {
    EXPECT_EQ(std::system(("LC_ALL=C.UTF-8 unzip -qq " + (dir_.path() / "a.zip").string() + " -d " +
                           (dir_.path() / "out").string())
                              .c_str()),
              0);
    EXPECT_TRUE(fs::is_regular_file(dir_.path() /
                                    "out/album/\xC3\xA9t\xC3\xA9/\xE2\x80\x9Cquoted\xE2\x80\x9D 100%.txt"));
  }
}

TEST_F(zip, is_the_same_however_it_is_read) {
  constexpr unsigned seed = 20260104;
  std::mt19937 random(seed);
  for (int i = 0; i < 20; ++i)
    write(dir_.path() / "album" / fmt::format("{}.bin", i),
          std::string(random() % 400'000, static_cast<char>('a' + i)));
  const auto source = make();
  ASSERT_NE(source, nullptr);
  const auto whole = all(*source);
  const auto again = make();
  ASSERT_EQ(again->size(), whole.size());
  EXPECT_EQ(all(*again), whole);
  // Forwards and backwards, as a sender that compares does.
  for (int i = 0; i < 50; ++i) {
    const auto from = random() % whole.size();
    bytes piece(random() % std::min<std::size_t>(whole.size() - from, 300'000));
    ASSERT_TRUE(again->read(from, piece).has_value());
    ASSERT_TRUE(std::ranges::equal(piece, bytes_view(whole).subspan(from, piece.size())))
        << "seed " << seed << " at " << from;
  }
}

TEST_F(zip, is_the_same_in_every_time_zone_and_says_utc) {
  for (std::size_t i = 0; i < 300; ++i)
    write(dir_.path() / "album" / fmt::format("{:03}", i), std::string(i, 'x'));
  write(dir_.path() / "album/old", "from before zips knew a date");
  fs::last_write_time(dir_.path() / "album/old",
                      fs::file_time_type::clock::from_sys(std::chrono::sys_seconds{}));
  const std::chrono::sys_seconds moment(std::chrono::sys_days(std::chrono::year(2026) / 7 / 14) +
                                        std::chrono::hours(22) + std::chrono::seconds(58));
  fs::last_write_time(dir_.path() / "album/000", fs::file_time_type::clock::from_sys(moment));
  struct in_zone {
    explicit in_zone(const char* name) {
      ::setenv("TZ", name, 1);
      ::tzset();
    }
    ~in_zone() {
      ::unsetenv("TZ");
      ::tzset();
    }
  };
  std::vector<bytes> made;
  for (const char* zone : {"UTC0", "EAST-13", "WEST+11:30"}) {
    const in_zone here(zone);
    const auto source = make();
    ASSERT_NE(source, nullptr);
    made.push_back(all(*source));
  }
  EXPECT_EQ(made[0], made[1]);
  EXPECT_EQ(made[0], made[2]);
  EXPECT_EQ(python(made[0],
                   "assert z.getinfo('album/000').date_time == (2026, 7, 14, 22, 0, 58)\n"
                   "assert z.getinfo('album/old').date_time == (1980, 1, 1, 0, 0, 0)"),
            0);
}

TEST_F(zip, holds_more_entries_than_the_old_format_counts) {
  constexpr int count = 66'000;
  fs::create_directories(dir_.path() / "album");
  for (int i = 0; i < count; ++i) std::ofstream(dir_.path() / "album" / fmt::format("{:05}", i));
  const auto source = make();
  ASSERT_NE(source, nullptr);
  EXPECT_EQ(python(all(*source), fmt::format("assert len(z.namelist()) == {}", count)), 0);
}

TEST_F(zip, a_folder_that_changes_is_noticed) {
  write(dir_.path() / "album/a.txt", "content");
  const auto source = make();
  ASSERT_NE(source, nullptr);
  write(dir_.path() / "album/a.txt", "other content");
  bytes out(static_cast<std::size_t>(source->size()));
  EXPECT_EQ(source->read(0, out).error().code, errc::file_changed);
}

TEST_F(zip, without_what_cannot_be_read_is_none_and_names_it) {
  write(dir_.path() / "album/a.txt", "content");
  fs::path deep = dir_.path() / "album";
  for (int i = 0; i < 70; ++i) deep /= "d";
  fs::create_directories(deep);
  auto tree = scan_tree(dir_.path() / "album");
  ASSERT_TRUE(tree.has_value());
  const auto made = zip_source::make(std::make_shared<const source_tree>(std::move(*tree)));
  ASSERT_FALSE(made.has_value());
  EXPECT_EQ(made.error().code, errc::file_unreadable);
  EXPECT_NE(made.error().detail.find((dir_.path() / "album/d/d/d").string()), std::string::npos)
      << made.error().detail;
}

}  // namespace
}  // namespace mesh::share
