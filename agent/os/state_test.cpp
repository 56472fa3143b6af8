#include "agent/os/atomic_file.hpp"
#include "agent/os/device_key_file.hpp"
#include "agent/os/device_name.hpp"
#include "agent/os/lock_file.hpp"
#include "agent/os/private_dir.hpp"
#include "agent/os/test_dir.hpp"
#include "agent/os/xdg.hpp"
#include "core/base/id.hpp"

#include <csignal>
#include <fcntl.h>
#include <future>
#include <map>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

#include <gtest/gtest.h>

namespace mesh::os {
namespace {

namespace fs = std::filesystem;

environment variables(std::map<std::string, std::string> values) {
  return [values = std::move(values)](const std::string& name) -> std::optional<std::string> {
    const auto found = values.find(name);
    if (found == values.end()) return std::nullopt;
    return found->second;
  };
}

unsigned mode_of(const fs::path& path) {
  struct stat facts{};
  EXPECT_EQ(::stat(path.c_str(), &facts), 0);
  return facts.st_mode & 07777U;
}

struct state : testing::Test {
  test_dir temp;
  fs::path path = temp / "mesh";
  private_dir dir = private_dir::open(path).value();
};

TEST(xdg, the_state_directory_follows_the_variable_then_home) {
  EXPECT_EQ(state_dir(variables({{"XDG_STATE_HOME", "/s"}, {"HOME", "/h"}})), "/s/mesh");
  EXPECT_EQ(state_dir(variables({{"HOME", "/h"}})), "/h/.local/state/mesh");
  EXPECT_EQ(state_dir(variables({{"XDG_STATE_HOME", "relative"}, {"HOME", "/h"}})), "/h/.local/state/mesh");
  EXPECT_TRUE(home_dir(variables({})).is_absolute());
}

TEST_F(state, a_new_state_directory_is_closed_to_others) {
  EXPECT_EQ(mode_of(path), 0700U);
  EXPECT_TRUE(private_dir::open(path).has_value());
  EXPECT_TRUE(private_dir::open(path.string() + "/").has_value());
}

TEST_F(state, missing_parents_are_made) {
  EXPECT_TRUE(private_dir::open(temp / "a/b/mesh").has_value());
  EXPECT_EQ(mode_of(temp / "a/b/mesh"), 0700U);
}

TEST_F(state, a_directory_that_others_may_enter_is_refused) {
  for (const mode_t loose : {0710U, 0701U, 0750U, 0777U}) {
    ASSERT_EQ(::chmod(path.c_str(), loose), 0);
    const auto opened = private_dir::open(path);
    ASSERT_FALSE(opened.has_value());
    EXPECT_EQ(opened.error().code, errc::state_unreadable);
    EXPECT_NE(opened.error().detail.find("chmod 700"), std::string::npos);
  }
}

TEST_F(state, a_directory_of_another_user_is_refused) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root to give a directory away";
  ASSERT_EQ(::chown(path.c_str(), 65534, 65534), 0);
  const auto opened = private_dir::open(path);
  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().code, errc::state_unreadable);
}

TEST_F(state, a_link_or_a_file_in_its_place_is_refused) {
  fs::create_directory_symlink(path, temp / "link");
  write_content(temp / "file", "x");
  EXPECT_EQ(private_dir::open(temp / "link").error().code, errc::state_unreadable);
  EXPECT_EQ(private_dir::open(temp / "file").error().code, errc::state_unreadable);
}

TEST_F(state, a_second_owner_is_told_the_pid_of_the_first) {
  const auto first = lock_file::acquire(dir);
  ASSERT_TRUE(first.has_value());
  const auto second = lock_file::acquire(dir);
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().code, errc::state_locked);
  EXPECT_NE(second.error().detail.find("process " + std::to_string(::getpid())), std::string::npos);
  EXPECT_EQ(lock_file::owner(dir).value(), ::getpid());
}

TEST_F(state, who_only_asks_for_the_owner_keeps_nobody_from_the_lock) {
  ASSERT_TRUE(lock_file::acquire(dir).has_value());  // the file is there
  std::promise<void> held;
  std::thread asker([&] {
    const unique_fd fd(::open((path / "lock").c_str(), O_RDWR | O_CLOEXEC));
    ASSERT_EQ(::flock(fd.get(), LOCK_EX), 0);
    held.set_value();
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  });
  held.get_future().wait();
  EXPECT_TRUE(lock_file::acquire(dir).has_value());
  asker.join();
}

TEST_F(state, the_lock_ends_with_its_owner) {
  {
    const auto first = lock_file::acquire(dir);
  }
  EXPECT_EQ(lock_file::owner(dir).value(), std::nullopt);
  EXPECT_TRUE(lock_file::acquire(dir).has_value());

  const pid_t child = ::fork();
  if (child == 0) {
    auto lock = lock_file::acquire(dir);
    ::kill(::getpid(), SIGKILL);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_TRUE(WIFSIGNALED(status));
  EXPECT_TRUE(lock_file::acquire(dir).has_value());
}

TEST_F(state, a_written_file_is_private_and_replaces_the_old_one_whole) {
  ASSERT_TRUE(write_file_atomically(dir, "credentials", as_bytes("first, and longer")).has_value());
  ASSERT_TRUE(write_file_atomically(dir, "credentials", as_bytes("second")).has_value());
  EXPECT_EQ(mode_of(path / "credentials"), 0600U);
  EXPECT_EQ(read_private_file(dir, "credentials").value()->reveal(), "second");
  EXPECT_EQ(std::distance(fs::directory_iterator(path), fs::directory_iterator()), 1);
}

TEST_F(state, a_write_that_fails_leaves_the_old_content_and_no_litter) {
  ASSERT_TRUE(write_file_atomically(dir, "file", as_bytes("old")).has_value());
  const pid_t child = ::fork();
  if (child == 0) {
    const rlimit none{1000, 1000};
    ::signal(SIGXFSZ, SIG_IGN);
    ::setrlimit(RLIMIT_FSIZE, &none);
    const auto done = write_file_atomically(dir, "file", bytes(5000));
    ::_exit(!done && done.error().code == errc::disk_full ? 0 : 1);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(WEXITSTATUS(status), 0);
  EXPECT_EQ(content_of(path / "file"), "old");
  EXPECT_EQ(std::distance(fs::directory_iterator(path), fs::directory_iterator()), 1);
}

TEST_F(state, creating_never_replaces) {
  ASSERT_TRUE(create_file_atomically(dir, "key", as_bytes("one")).has_value());
  EXPECT_EQ(create_file_atomically(dir, "key", as_bytes("two")).error().code, errc::file_exists);
  EXPECT_EQ(content_of(path / "key"), "one");
}

TEST_F(state, an_absent_file_reads_as_nothing_and_removes_without_error) {
  EXPECT_FALSE(read_private_file(dir, "none").value().has_value());
  EXPECT_TRUE(remove_file(dir, "none").has_value());
  ASSERT_TRUE(write_file_atomically(dir, "some", as_bytes("x")).has_value());
  EXPECT_TRUE(remove_file(dir, "some").has_value());
  EXPECT_FALSE(fs::exists(path / "some"));
}

TEST_F(state, a_secret_file_that_others_may_read_is_refused) {
  ASSERT_TRUE(write_file_atomically(dir, "credentials", as_bytes("x")).has_value());
  for (const mode_t loose : {0640U, 0604U, 0660U}) {
    ASSERT_EQ(::chmod((path / "credentials").c_str(), loose), 0);
    EXPECT_EQ(read_private_file(dir, "credentials").error().code, errc::state_unreadable);
  }
}

TEST_F(state, a_secret_file_is_a_regular_file_of_expected_length) {
  ASSERT_TRUE(write_file_atomically(dir, "real", as_bytes("0123456789")).has_value());
  fs::create_symlink(path / "real", path / "link");
  ASSERT_EQ(::mkfifo((path / "pipe").c_str(), 0600), 0);
  EXPECT_EQ(read_private_file(dir, "link").error().code, errc::state_unreadable);
  EXPECT_EQ(read_private_file(dir, "pipe").error().code, errc::state_unreadable);
  EXPECT_EQ(read_private_file(dir, "real", 9).error().code, errc::state_unreadable);
  EXPECT_TRUE(read_private_file(dir, "real", 10).has_value());
}

TEST_F(state, the_device_key_is_made_once_and_found_again) {
  const auto made = load_or_make_device_key(dir);
  ASSERT_TRUE(made.has_value());
  EXPECT_EQ(mode_of(path / "device_key"), 0600U);
  EXPECT_EQ(fs::file_size(path / "device_key"), 32U);
  const auto again = load_or_make_device_key(dir);
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(made->verifier(), again->verifier());
}

TEST_F(state, a_damaged_device_key_is_an_error_and_stays) {
  for (const std::string damaged : {"", "short", "thirty-three bytes are one too many..."}) {
    ASSERT_TRUE(write_file_atomically(dir, "device_key", as_bytes(damaged)).has_value());
    const auto key = load_or_make_device_key(dir);
    ASSERT_FALSE(key.has_value()) << damaged;
    EXPECT_EQ(key.error().code, errc::state_unreadable);
    EXPECT_EQ(content_of(path / "device_key"), damaged);
  }
}

TEST(device_name, hostnames_become_valid_device_ids) {
  struct row {
    std::string hostname, expected;
  };
  for (const auto& [hostname, expected] : std::vector<row>{
           {"laptop", "laptop"},
           {"Ana's Laptop.local", "ana-s-laptop"},
           {"build01.example.org", "build01"},
           {"under_score", "under_score"},
           {"_leading", "leading"},
           {"--dash--", "dash"},
           {"Büro", "b-ro"},
           {"", "device"},
           {"...", "device"},
           {"日本", "device"},
           {std::string(200, 'a'), std::string(63, 'a')},
       }) {
    EXPECT_EQ(device_id_of_hostname(hostname), expected) << hostname;
    EXPECT_TRUE(valid_device_id(device_id_of_hostname(hostname))) << hostname;
  }
  EXPECT_TRUE(valid_device_id(default_device_id()));
}

}  // namespace
}  // namespace mesh::os
