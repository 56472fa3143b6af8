#include "agent/os/safe_dir.hpp"

#include "agent/os/landlock.hpp"
#include "agent/os/test_dir.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <thread>
#include <unistd.h>

#include <gtest/gtest.h>

namespace {

// As on a file system that cannot keep a rename from replacing (NFS, sshfs); and what somebody else does just
// before a plain rename.
bool without_noreplace = false;
void (*before_plain_rename)() = nullptr;

}  // namespace

// In the place of the one of libc.
extern "C" int renameat2(int from_dir, const char* from, int into, const char* to, unsigned flags) noexcept {
  if (without_noreplace && flags != 0) {
    errno = EINVAL;
    return -1;
  }
  if (flags == 0 && before_plain_rename != nullptr) before_plain_rename();
  return static_cast<int>(::syscall(SYS_renameat2, from_dir, from, into, to, flags));
}

namespace mesh::os {
namespace {

namespace fs = std::filesystem;

struct safe : testing::Test {
  test_dir temp;
  fs::path inside = temp / "inside";
  safe_dir dir = safe_dir::open(inside, true).value();

  safe() {
    fs::create_directory(temp / "outside");
    fs::create_directory(inside / "sub");
    write_content(temp / "outside/secret", "secret");
    write_content(inside / "file", "hello");
    fs::create_symlink(temp / "outside/secret", inside / "link");
    fs::create_directory_symlink(temp / "outside", inside / "linkdir");
    fs::create_symlink("sub", inside / "inner");
  }
};

TEST_F(safe, a_new_file_is_private_and_never_an_existing_one) {
  ASSERT_TRUE(dir.create_file("new").has_value());
  struct stat facts{};
  ASSERT_EQ(::stat((inside / "new").c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 07777U, 0600U);
  EXPECT_EQ(dir.create_file("new").error().code, errc::file_exists);
  EXPECT_EQ(dir.create_file("file").error().code, errc::file_exists);
  EXPECT_EQ(dir.create_file("link").error().code, errc::file_exists);
  EXPECT_EQ(content_of(temp / "outside/secret"), "secret");
}

TEST_F(safe, nothing_outside_is_reached_by_any_name) {
  const std::string absolute = (temp / "outside/new").string();
  for (const std::string& name : {std::string("../outside/new"), absolute, std::string("linkdir/new"),
                                  std::string("sub/../../outside/new"), std::string("inner/new"),
                                  std::string("/proc/self/cwd/new"), std::string("sub/../../../etc/new")}) {
    const auto made = dir.create_file(name);
    ASSERT_FALSE(made.has_value()) << name;
    EXPECT_EQ(made.error().code, errc::name_unsafe) << name;
  }
  EXPECT_EQ(dir.create_file("").error().code, errc::name_unsafe);
  EXPECT_EQ(dir.create_file(std::string("a\0b", 3)).error().code, errc::name_unsafe);
  EXPECT_FALSE(fs::exists(temp / "outside/new"));
  EXPECT_FALSE(fs::exists(inside / "a"));
  EXPECT_EQ(dir.open_file("link").error().code, errc::name_unsafe);
  EXPECT_EQ(dir.open_file("linkdir/secret").error().code, errc::name_unsafe);
  EXPECT_EQ(dir.open_dir("linkdir").error().code, errc::name_unsafe);
  EXPECT_EQ(dir.make_dir("../made").error().code, errc::name_unsafe);
  EXPECT_EQ(dir.make_dir("linkdir/made").error().code, errc::name_unsafe);
  EXPECT_EQ(dir.make_dir("..").error().code, errc::name_unsafe);
  EXPECT_EQ(dir.make_dir("/made").error().code, errc::name_unsafe);
}

TEST_F(safe, both_ways_of_opening_refuse_the_same) {
  struct row {
    std::string name;
    int expected;  // errno, 0 when opened
  };
  using way = int (*)(int, const std::string&, int, mode_t) noexcept;
  for (const way open : {way(detail::open_beneath), way(detail::walk_beneath)}) {
    for (const auto& [name, expected] : std::vector<row>{
             {"file", 0},
             {"sub", 0},
             {"./file", 0},
             {"link", ELOOP},
             {"linkdir/secret", ELOOP},
             {"inner/x", ELOOP},
             {"../outside/secret", EXDEV},
             {"/etc/passwd", EXDEV},
             {"sub/../../outside/secret", EXDEV},
             {"none", ENOENT},
             {"none/file", ENOENT},
         }) {
      errno = 0;
      const unique_fd fd(open(dir.fd(), name, O_RDONLY | O_NOFOLLOW, 0));
      EXPECT_EQ(fd ? 0 : errno, expected)
          << name << (open == way(detail::open_beneath) ? " openat2" : " walk");
    }
  }
}

TEST_F(safe, only_regular_files_are_opened) {
  ASSERT_EQ(::mkfifo((inside / "pipe").c_str(), 0600), 0);
  EXPECT_TRUE(dir.open_file("file").has_value());
  EXPECT_EQ(dir.open_file("pipe").error().code, errc::not_a_file);
  EXPECT_EQ(dir.open_file("sub").error().code, errc::not_a_file);
  EXPECT_EQ(dir.open_file("none").error().code, errc::not_found);
}

TEST_F(safe, levels_below_are_made_and_opened) {
  ASSERT_TRUE(dir.make_dir("sub/deep").has_value());
  ASSERT_TRUE(dir.create_file("sub/deep/file").has_value());
  const auto deep = dir.open_dir("sub/deep");
  ASSERT_TRUE(deep.has_value());
  EXPECT_TRUE(deep->exists("file"));
  EXPECT_EQ(dir.make_dir("sub/deep").error().code, errc::file_exists);
}

TEST_F(safe, renaming_never_replaces_and_stays_inside) {
  write_content(inside / "other", "other");
  EXPECT_EQ(dir.rename_new("file", "other").error().code, errc::file_exists);
  EXPECT_EQ(content_of(inside / "other"), "other");
  for (const std::string name : {"../x", "a/b", ".", "..", "", "/x"})
    EXPECT_EQ(dir.rename_new("file", name).error().code, errc::name_unsafe) << name;
  ASSERT_TRUE(dir.rename_new("file", "renamed").has_value());
  EXPECT_EQ(content_of(inside / "renamed"), "hello");
  EXPECT_FALSE(dir.exists("file"));
  ASSERT_TRUE(dir.remove("renamed").has_value());
  EXPECT_EQ(dir.remove("../outside/secret").error().code, errc::name_unsafe);
}

// On a file system that has no flag for it.
struct safe_plainly : safe {
  safe_plainly() { without_noreplace = true; }
  ~safe_plainly() override {
    without_noreplace = false;
    before_plain_rename = nullptr;
  }
};

TEST_F(safe_plainly, files_and_directories_are_renamed_and_replace_nothing) {
  fs::create_directory(inside / "album");
  write_content(inside / "album/one", "1");
  write_content(inside / "other", "other");
  const auto sub = dir.open_dir("sub").value();
  for (const std::string taken : {"other", "sub", "link", "linkdir"}) {
    EXPECT_EQ(dir.rename_new("album", taken).error().code, errc::file_exists) << taken;
    EXPECT_EQ(dir.rename_new("file", taken).error().code, errc::file_exists) << taken;
  }
  EXPECT_EQ(content_of(inside / "other"), "other");
  ASSERT_TRUE(dir.rename_new("file", sub, "file").has_value());
  EXPECT_EQ(content_of(inside / "sub/file"), "hello");
  ASSERT_TRUE(dir.rename_new("album", sub, "final").has_value());
  EXPECT_EQ(content_of(inside / "sub/final/one"), "1");
  EXPECT_FALSE(dir.exists("album"));
}

TEST_F(safe_plainly, a_directory_takes_no_place_that_somebody_filled_just_before) {
  static fs::path target;
  target = inside / "final";
  fs::create_directory(inside / "album");
  before_plain_rename = [] { write_content(target / "theirs", "t"); };
  EXPECT_EQ(dir.rename_new("album", "final").error().code, errc::file_exists);
  EXPECT_EQ(content_of(target / "theirs"), "t");
  EXPECT_TRUE(dir.exists("album"));
}

TEST_F(safe, entries_can_be_listed_again_and_again) {
  for (int i = 0; i < 2; ++i) {
    auto names = dir.entries().value();
    std::ranges::sort(names);
    EXPECT_EQ(names, (std::vector<std::string>{"file", "inner", "link", "linkdir", "sub"}));
  }
}

TEST_F(safe, a_directory_that_is_not_there_is_an_error_unless_it_may_be_made) {
  EXPECT_EQ(safe_dir::open(temp / "none").error().code, errc::not_found);
  EXPECT_TRUE(safe_dir::open(temp / "none/below", true).has_value());
  EXPECT_TRUE(dir.free_bytes().value() > 0);
  EXPECT_TRUE(dir.sync().has_value());
}

TEST_F(safe, a_confined_process_writes_only_where_it_said) {
  constexpr int no_landlock = 77;
  const int outcome = in_child([&] {
    const fs::path allowed[] = {inside};
    const auto status = confine_writes(allowed);
    if (!status) return 1;
    if (*status == confinement::unsupported) return no_landlock;
    const unique_fd good(::open((inside / "ok").c_str(), O_WRONLY | O_CREAT, 0600));
    if (!good) return 2;
    const unique_fd bad(::open((temp / "outside/bad").c_str(), O_WRONLY | O_CREAT, 0600));
    if (bad || errno != EACCES) return 3;
    const unique_fd changed(::open((temp / "outside/secret").c_str(), O_WRONLY));
    if (changed || errno != EACCES) return 4;
    if (::unlink((temp / "outside/secret").c_str()) == 0) return 5;
    const unique_fd null(::open("/dev/null", O_WRONLY));
    if (!null) return 6;
    const unique_fd readable(::open((temp / "outside/secret").c_str(), O_RDONLY));
    if (!readable) return 7;
    if (::rename((inside / "ok").c_str(), (inside / "sub/ok").c_str()) != 0) return 8;
    if (!writes_confined() || !may_write_into(inside) || !may_write_into(inside / "new/deep")) return 9;
    for (const auto& folder : {temp / "outside", temp / "outside/new", temp / "new"}) {
      const auto may = may_write_into(folder);
      if (may || may.error().code != errc::folder_confined || may.error().detail != folder) return 10;
    }
    // What is put in the place of the folder is another one.
    if (::rename(inside.c_str(), (temp / "elsewhere").c_str()) == 0) return 11;
    return 0;
  });
  if (outcome == no_landlock) GTEST_SKIP() << "this kernel has no Landlock";
  EXPECT_EQ(outcome, 0);
}

TEST_F(safe, a_confined_process_says_that_its_folder_is_another_one_now) {
  constexpr int no_landlock = 77;
  int confined_now[2];
  int replaced_now[2];
  ASSERT_EQ(::pipe(confined_now), 0);
  ASSERT_EQ(::pipe(replaced_now), 0);
  // This process, which nothing confines, replaces the folder once the other one is confined.
  std::thread replacing([&] {
    char go = 0;
    if (::read(confined_now[0], &go, 1) == 1 && go == 'x') {
      fs::rename(inside, temp / "before");
      fs::create_directory(inside);
    }
    (void)!::write(replaced_now[1], "x", 1);
  });
  const int outcome = in_child([&] {
    const fs::path allowed[] = {inside};
    const auto status = confine_writes(allowed);
    if (status && *status == confinement::unsupported) return no_landlock;
    if (!status || !may_write_into(inside)) return 1;
    char go = 0;
    if (::write(confined_now[1], "x", 1) != 1 || ::read(replaced_now[0], &go, 1) != 1) return 2;
    for (const auto& folder : {inside, inside / "sub"}) {
      const auto may = may_write_into(folder);
      if (may || may.error().code != errc::folder_replaced || may.error().detail != folder) return 3;
    }
    const auto other = may_write_into(temp / "outside");
    return other || other.error().code != errc::folder_confined ? 4 : 0;
  });
  (void)!::write(confined_now[1], "e", 1);  // for a child that ended before it was confined
  replacing.join();
  for (const int fd : {confined_now[0], confined_now[1], replaced_now[0], replaced_now[1]}) ::close(fd);
  if (outcome == no_landlock) GTEST_SKIP() << "this kernel has no Landlock";
  EXPECT_EQ(outcome, 0);
}

TEST_F(safe, a_process_that_is_not_confined_may_write_anywhere) {
  EXPECT_FALSE(writes_confined());
  EXPECT_TRUE(may_write_into(temp / "outside"));
}

TEST_F(safe, a_directory_that_is_missing_leaves_the_process_free) {
  EXPECT_EQ(in_child([&] {
              const fs::path allowed[] = {temp / "none"};
              const auto status = confine_writes(allowed);
              if (status && *status == confinement::unsupported) return 0;
              if (status) return 1;
              return ::open((temp / "outside/free").c_str(), O_WRONLY | O_CREAT, 0600) >= 0 ? 0 : 2;
            }),
            0);
}

}  // namespace
}  // namespace mesh::os
