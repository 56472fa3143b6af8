// Whose a part is: several transfers may bring files of one name, and each gets its own beginning back.
#include "agent/os/test_dir.hpp"
#include "agent/share/directory_sink.hpp"
#include "core/base/limits.hpp"
#include "core/base/log.hpp"

#include <functional>
#include <sys/syscall.h>
#include <unistd.h>

#include <gtest/gtest.h>

namespace mesh::share {
namespace {

namespace fs = std::filesystem;

// Of this program, while a test wants to know.
std::function<void(const fs::path& path, off_t size)> told_of_cut;

}  // namespace
}  // namespace mesh::share

// In the place of the C library's, for all of this program.
extern "C" int ftruncate(int fd, off_t size) noexcept {
  if (mesh::share::told_of_cut)
    mesh::share::told_of_cut(std::filesystem::read_symlink("/proc/self/fd/" + std::to_string(fd)), size);
  return static_cast<int>(::syscall(SYS_ftruncate, fd, size));
}

namespace mesh::share {
namespace {

constexpr auto chunk = limits::chunk_bytes;

struct parts : testing::Test {
  os::test_dir temp;
  bool others_go_on = false;
  const bytes content = bytes(chunk, std::byte{'x'});

  parts() { (void)log::configure("off"); }
  ~parts() override { told_of_cut = nullptr; }

  static sink_file file(std::string transfer_id, std::size_t chunks, int day, std::string name = "disk.img") {
    return {std::move(name), chunks * chunk, wall_time(std::chrono::days(day)),
            "usr_1",         "device-a",     std::move(transfer_id)};
  }
  struct opened {
    std::unique_ptr<file_sink> sink;
    std::uint64_t length = 0;
    std::string name() const { return fs::path(sink->path()).filename(); }
  };
  opened open(const sink_file& file) {
    auto sink = make_directory_sink(temp.path(), collision::rename,
                                    [this](const auto&, const auto&, const auto&) { return others_go_on; });
    auto start = (*sink)->open(file);
    EXPECT_TRUE(start) << start.error().detail;
    return {std::move(*sink), start ? start->length : 0};
  }
  // So many chunks of it come, then it is cut.
  std::string begin(const sink_file& file, std::size_t chunks) {
    auto now = open(file);
    for (std::size_t i = 0; i < chunks; ++i) EXPECT_TRUE(now.sink->write(i * chunk, content));
    return now.name();
  }
  std::uint64_t size(const std::string& name) const { return fs::file_size(temp / name); }
};

TEST_F(parts, are_found_again_by_their_transfer_though_the_file_looks_older_or_newer) {
  for (const int day : {1, 20}) {
    const auto id = "T" + std::to_string(day);
    const auto name = begin(file(id, 4, 10, id), 3);
    EXPECT_EQ(open(file(id, 5, day, id)).length, 3 * chunk);
    EXPECT_EQ(size(name), 3 * chunk);
  }
}

TEST_F(parts, are_as_they_were_when_a_shorter_version_is_offered_and_nothing_of_it_comes) {
  ASSERT_EQ(begin(file("T1", 4, 10), 3), "disk.img.part");
  EXPECT_EQ(open(file("T2", 1, 20)).length, chunk) << "maybe it begins alike";
  EXPECT_EQ(size("disk.img.part"), 3 * chunk);
  EXPECT_EQ(open(file("T1", 4, 10)).length, 3 * chunk);
}

TEST_F(parts, that_will_be_gone_on_with_are_left_to_their_transfers) {
  ASSERT_EQ(begin(file("T1", 4, 10), 3), "disk.img.part");
  others_go_on = true;
  EXPECT_EQ(begin(file("T2", 4, 20), 2), "disk.img (1).part");
  EXPECT_EQ(open(file("T1", 4, 10)).length, 3 * chunk);
  EXPECT_EQ(open(file("T2", 4, 20)).length, 2 * chunk);
}

TEST_F(parts, that_nobody_goes_on_with_serve_a_later_version) {
  ASSERT_EQ(begin(file("T1", 4, 10), 3), "disk.img.part");
  {
    auto later = open(file("T2", 6, 20));
    ASSERT_EQ(later.length, 3 * chunk);
    ASSERT_TRUE(later.sink->restart(2 * chunk));
    ASSERT_TRUE(later.sink->write(2 * chunk, content));
  }
  others_go_on = true;
  EXPECT_EQ(open(file("T2", 6, 20)).length, 3 * chunk) << "it is T2's now";
  EXPECT_EQ(open(file("T1", 4, 10)).length, 0U);
}

TEST_F(parts, of_which_all_was_the_same_belong_to_who_went_on) {
  ASSERT_EQ(begin(file("T1", 4, 10), 2), "disk.img.part");
  {
    auto grown = open(file("T2", 6, 20));
    ASSERT_TRUE(grown.sink->write(2 * chunk, content));
  }
  others_go_on = true;
  EXPECT_EQ(open(file("T2", 6, 20)).length, 3 * chunk);
}

TEST_F(parts, of_a_twin_with_other_content_stay_where_they_are) {
  ASSERT_EQ(begin(file("T1", 4, 10), 3), "disk.img.part");
  {
    auto twin = open(file("T2", 4, 10));
    ASSERT_EQ(twin.length, 3 * chunk);
    ASSERT_TRUE(twin.sink->restart(0)) << "nothing is the same";
    EXPECT_EQ(twin.name(), "disk.img (1).part");
    ASSERT_TRUE(twin.sink->write(0, content));
  }
  EXPECT_EQ(open(file("T1", 4, 10)).length, 3 * chunk);
  EXPECT_EQ(open(file("T2", 4, 10)).length, chunk);
}

TEST_F(parts, of_the_longest_names_do_not_share_a_journal) {
  for (const auto* letter : {"n", "\xE2\x82\xAC"}) {
    std::string name;
    while (name.size() + 3 <= 255) name += letter;
    auto first = open(file("T1", 3, 10, name)), second = open(file("T2", 3, 20, name));
    ASSERT_TRUE(first.sink->write(0, content));
    for (const std::size_t i : {0UZ, 1UZ}) ASSERT_TRUE(second.sink->write(i * chunk, content));
    first = {};
    second = {};
    EXPECT_EQ(open(file("T1", 3, 10, name)).length, chunk);
    EXPECT_EQ(open(file("T2", 3, 20, name)).length, 2 * chunk);
  }
}

TEST_F(parts, beyond_the_first_names_are_found_too) {
  others_go_on = true;
  for (int i = 0; i < 70; ++i) begin(file("T" + std::to_string(i), 3, 10 + i), 1);
  for (int i = 0; i < 70; ++i) EXPECT_EQ(open(file("T" + std::to_string(i), 3, 10 + i)).length, chunk) << i;
}

TEST_F(parts, have_a_journal_at_every_moment) {
  ASSERT_EQ(begin(file("T1", 4, 10), 3), "disk.img.part");
  int cuts = 0;
  told_of_cut = [&](const fs::path& path, off_t to) {
    if (path.extension() != ".journal") return;
    ++cuts;
    EXPECT_GT(to, 0) << "who is killed now has lost the part";
  };
  EXPECT_EQ(open(file("T1", 4, 10)).length, 3 * chunk);
  EXPECT_EQ(cuts, 1);
  auto changed = open(file("T1", 5, 20));
  ASSERT_TRUE(changed.sink->restart(chunk));
  EXPECT_EQ(cuts, 2);
  changed = {};
  EXPECT_EQ(open(file("T1", 5, 20)).length, chunk);
}

}  // namespace
}  // namespace mesh::share
