// When and in which order the disk is told to keep what came: what a power loss may take depends on nothing
// else.
#include "agent/share/transfer_fixture.hpp"

#include <cstdlib>
#include <fstream>
#include <functional>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <gmock/gmock.h>

namespace mesh::share {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Le;
using testing::SizeIs;

// Of this program, while a test wants to know.
std::function<void(const fs::path& path, std::uint64_t size)> told_of_sync;

int sync_by(long call, int fd) {
  if (told_of_sync) {
    struct stat facts{};
    (void)::fstat(fd, &facts);
    told_of_sync(fs::read_symlink("/proc/self/fd/" + std::to_string(fd)),
                 static_cast<std::uint64_t>(facts.st_size));
  }
  return static_cast<int>(::syscall(call, fd));
}

}  // namespace
}  // namespace mesh::share

// In the place of the C library's, for all of this program.
extern "C" int fsync(int fd) {
  return mesh::share::sync_by(SYS_fsync, fd);
}
extern "C" int fdatasync(int fd) {
  return mesh::share::sync_by(SYS_fdatasync, fd);
}

namespace mesh::share {
namespace {

std::size_t blocks_in(const fs::path& journal) {
  std::ifstream in(journal);
  std::size_t lines = 0;
  for (std::string line; std::getline(in, line);) ++lines;
  return lines == 0 ? 0 : lines - 1;  // without the one that says whose it is
}

struct syncs : transfers {
  struct sync {
    std::string name;
    std::uint64_t size = 0;  // of what is synced
    std::size_t blocks = 0;  // which the journal holds meanwhile
    bool has_final_name = false;
    bool told_sender = false;
  };
  std::vector<sync> all;
  const fs::path part = inbox / "plan.bin.part";
  const fs::path journal = inbox / "plan.bin.part.journal";

  syncs() {
    told_of_sync = [this](const fs::path& path, std::uint64_t size) {
      all.push_back({path.filename(), size, blocks_in(journal), fs::exists(inbox / "plan.bin"),
                     !at_sender.ends.empty()});
    };
  }
  ~syncs() override { told_of_sync = nullptr; }

  // The time that passes after each step.
  void send(std::size_t size, std::chrono::milliseconds pace, memory_link_options options = {}) {
    const auto file = make_file("plan.bin", random_content(size));
    all.clear();
    start(file, options);
    do loop.pass(pace);
    while (loop.step());
    ASSERT_EQ(at_receiver.outcome(), "ok");
  }
  std::vector<sync> of(const std::string& name) const {
    std::vector<sync> out;
    std::ranges::copy_if(all, std::back_inserter(out), [&](const sync& s) { return s.name == name; });
    return out;
  }
};

TEST_F(syncs, the_journal_says_nothing_that_the_disk_does_not_hold) {
  send(40UZ * 1024 * 1024, limits::checkpoint_interval);
  std::uint64_t held = 0;
  std::size_t said = 0;
  for (const auto& s : all) {
    if (s.name == journal.filename()) {
      EXPECT_GE(held, s.blocks * limits::resume_block_bytes) << "the block was not on the disk yet";
      said = std::max(said, s.blocks);
    } else if (s.name == part.filename()) {
      EXPECT_LE(s.blocks * limits::resume_block_bytes, held) << "it was said before this sync";
      held = s.size;
    }
  }
  EXPECT_EQ(said, 2U) << "both whole blocks are in the journal, and that on the disk";
}

TEST_F(syncs, come_every_two_seconds_however_little_arrives) {
  send(3UZ * 1024 * 1024, limits::checkpoint_interval, {.seed = 3, .piece_bytes_max = 64 * 1024});
  std::uint64_t before = 0;
  for (const auto& s : of(part.filename())) {
    EXPECT_LE(s.size - before, 512U * 1024) << "one piece of content, or two, lie between";
    before = s.size;
  }
  EXPECT_EQ(before, 3U * 1024 * 1024);
}

TEST_F(syncs, come_every_sixty_four_megabytes_however_fast_they_arrive) {
  send(100UZ * 1024 * 1024, {});
  const auto parts = of(part.filename());
  ASSERT_THAT(parts, SizeIs(2)) << "one on the way, one at the end";
  EXPECT_GE(parts[0].size, 64U * 1024 * 1024);
  EXPECT_LE(parts[0].size, 66U * 1024 * 1024);
}

TEST_F(syncs, a_file_has_its_name_and_the_sender_its_answer_only_when_the_disk_holds_it) {
  send(1000, {});
  const auto parts = of(part.filename());
  ASSERT_THAT(parts, SizeIs(1));
  EXPECT_EQ(parts[0].size, 1000U);
  EXPECT_FALSE(parts[0].has_final_name);
  EXPECT_FALSE(parts[0].told_sender);
  const auto folders = of(inbox.filename());
  ASSERT_FALSE(folders.empty()) << "the name is a matter of the folder";
  EXPECT_TRUE(folders.back().has_final_name);
  EXPECT_FALSE(folders.back().told_sender);
}

}  // namespace
}  // namespace mesh::share
