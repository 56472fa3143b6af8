#include "agent/os/folder_keeper.hpp"

#include "agent/os/landlock.hpp"
#include "agent/os/safe_dir.hpp"
#include "agent/os/test_dir.hpp"

#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gtest/gtest.h>

namespace mesh::os {
namespace {

namespace fs = std::filesystem;

constexpr int no_landlock = 77;

struct folder_keeper : testing::Test {
  test_dir temp;
  fs::path state = temp / "state";
  fs::path given = temp / "given";
  fs::path other = temp / "other";

  folder_keeper() {
    for (const auto& folder : {state, given, other}) fs::create_directory(folder);
    write_content(other / "secret", "secret");
    fs::create_directory_symlink(other, temp / "link");
    fs::create_directory_symlink(other, given / "link");
    fs::create_symlink(other / "secret", given / "file-link");
  }

  // A line for each folder that is named; the confined process writes it, as one does with its rules.
  std::vector<fs::path> named() const {
    std::vector<fs::path> out;
    std::ifstream in(state / "named");
    for (std::string line; std::getline(in, line);) out.emplace_back(line);
    return out;
  }

  // body: of a process with a keeper, which may write into its state only.
  int confined(const std::function<int()>& body) const {
    return in_child([&] {
      if (!start_folder_keeper([this] { return named(); })) return 100;
      const fs::path allowed[] = {state};
      const auto status = confine_writes(allowed);
      if (!status) return 101;
      return *status == confinement::unsupported ? no_landlock : body();
    });
  }
};

TEST_F(folder_keeper, serves_what_was_named_later_and_nothing_else) {
  const int outcome = confined([&] {
    const auto dir = safe_dir::open(given);
    if (!dir || dir->create_file("early") || may_write_into(given)) return 1;
    write_content(state / "named", given.string() + "/\n");
    if (!may_write_into(given) || !may_write_into(given / "new")) return 2;

    const auto file = dir->create_file("NAME.part");
    if (!file || ::write(file->get(), "hello", 5) != 5) return 3;
    if (!dir->make_dir("deep") || !dir->make_dir("deep/er")) return 4;
    const auto deep = dir->open_dir("deep");
    if (!deep || !dir->rename_new("NAME.part", *deep, "name") || !deep->rename_new("name", "final")) return 5;
    if (!dir->create_file("again")) return 6;
    if (!dir->rename_over("again", *deep, "final") || !dir->make_link("target", "sym")) return 7;
    if (!deep->reopen_own_file("final") || !dir->remove("sym") || !dir->remove_tree("deep")) return 8;
    const auto made = safe_dir::open(given / "below/it", true);
    if (!made || !made->create_file("x")) return 9;

    // Only what goes through it, and only there.
    if (::open((given / "direct").c_str(), O_WRONLY | O_CREAT, 0600) >= 0 || errno != EACCES) return 10;
    for (const auto& folder : {other, temp / "link", temp / "given2", given / "../other"})
      if (may_write_into(folder)) return 11;
    const auto elsewhere = safe_dir::open(other);
    if (!elsewhere || elsewhere->create_file("bad") || elsewhere->make_dir("bad") ||
        elsewhere->remove("secret") || elsewhere->rename_new("secret", *dir, "stolen") ||
        elsewhere->make_link("x", "bad"))
      return 12;
    if (dir->create_file("file").has_value() && dir->rename_new("file", *elsewhere, "bad")) return 13;
    if (safe_dir::open(temp / "new", true)) return 14;
    return 0;
  });
  if (outcome == no_landlock) GTEST_SKIP() << "this kernel has no Landlock";
  EXPECT_EQ(outcome, 0);
  EXPECT_EQ(content_of(other / "secret"), "secret");
  EXPECT_EQ(std::distance(fs::directory_iterator(other), fs::directory_iterator()), 1);
}

TEST_F(folder_keeper, a_process_that_was_taken_over_gets_nothing_outside_of_what_was_named) {
  const int outcome = confined([&] {
    write_content(state / "named", given.string() + "\n" + (temp / "link").string() + "\n");
    const int dir = ::open(given.c_str(), O_RDONLY | O_DIRECTORY);
    const int above = ::open(temp.path().c_str(), O_RDONLY | O_DIRECTORY);
    const int through_link = ::open((temp / "link").c_str(), O_RDONLY | O_DIRECTORY);
    constexpr int make = O_WRONLY | O_CREAT;
    for (const auto* name : {"../other/bad", "link/bad", "file-link", "/tmp/bad", ".."})
      if (keeper::open_beneath(dir, name, make, 0600) >= 0) return 1;
    for (const int outside : {above, through_link, STDIN_FILENO, -1})
      if (keeper::open_beneath(outside, "bad", make, 0600) >= 0) return 2;
    for (const auto* name : {"..", ".", "", "a/b", "../other/bad"}) {
      if (keeper::make_dir(dir, name, 0700) == 0 || keeper::unlink(dir, name, AT_REMOVEDIR) == 0) return 3;
      if (keeper::make_link("x", dir, name) == 0 || keeper::rename(dir, "link", dir, name, 0) == 0) return 4;
    }
    if (keeper::rename(dir, "link", above, "bad", 0) == 0) return 5;
    if (keeper::make_folder(given / "../other/bad") == 0 || keeper::make_folder("given/bad") == 0) return 6;
    if (keeper::make_folder(given / "link/bad") == 0 || errno != ELOOP) return 8;
    const int file = keeper::open_beneath(dir, "plain", make, 06755);
    struct stat facts{};
    return file >= 0 && ::fstat(file, &facts) == 0 && (facts.st_mode & 07000U) == 0 ? 0 : 7;
  });
  if (outcome == no_landlock) GTEST_SKIP() << "this kernel has no Landlock";
  EXPECT_EQ(outcome, 0);
  EXPECT_EQ(std::distance(fs::directory_iterator(other), fs::directory_iterator()), 1);
}

TEST_F(folder_keeper, its_own_death_closes_the_folders_and_nothing_more) {
  const int outcome = confined([&] {
    write_content(state / "named", given.string() + "\n");
    const auto dir = safe_dir::open(given);
    if (!dir || !may_write_into(given)) return 1;
    pid_t keeper = 0;
    std::ifstream("/proc/thread-self/children") >> keeper;
    if (keeper <= 0 || ::kill(keeper, SIGKILL) != 0 || ::waitpid(keeper, nullptr, 0) != keeper) return 2;
    for (int again = 0; again < 2; ++again) {
      const auto file = dir->create_file("x");
      if (file || file.error().code != errc::write_failed || may_write_into(given)) return 3;
    }
    const auto own = safe_dir::open(state);
    return own && own->create_file("goes on") ? 0 : 4;
  });
  if (outcome == no_landlock) GTEST_SKIP() << "this kernel has no Landlock";
  EXPECT_EQ(outcome, 0);
}

TEST_F(folder_keeper, ends_with_the_process_it_serves) {
  ASSERT_EQ(::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), 0);
  const int outcome = in_child([&] {
    if (!start_folder_keeper([this] { return named(); })) return 1;
    return ::raise(SIGKILL);
  });
  EXPECT_EQ(outcome, -1);
  int status = -1;
  EXPECT_GT(::waitpid(-1, &status, 0), 0);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
}

}  // namespace
}  // namespace mesh::os
