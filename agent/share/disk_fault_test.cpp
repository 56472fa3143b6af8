#include "agent/os/process.hpp"
#include "agent/share/fd_sink.hpp"
#include "agent/share/transfer_fixture.hpp"

#include <array>
#include <fcntl.h>
#include <functional>
#include <future>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

#include <gmock/gmock.h>

namespace mesh::share {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
namespace fs = std::filesystem;

enum class fault_at { open, write, flush, commit };

// A directory sink whose disk fails at one point.
class failing_sink final : public file_sink {
 public:
  failing_sink(std::unique_ptr<file_sink> real, fault_at at, error reason)
      : real_(std::move(real)), at_(at), reason_(std::move(reason)) {}

  result<sink_start> open(const sink_file& file) override {
    if (at_ == fault_at::open) return std::unexpected(reason_);
    return real_->open(file);
  }
  result<void> write(std::uint64_t offset, bytes_view data) override {
    if (at_ == fault_at::write && offset > 0) return std::unexpected(reason_);
    return real_->write(offset, data);
  }
  result<void> flush() override {
    if (at_ == fault_at::flush) return std::unexpected(reason_);
    return real_->flush();
  }
  result<std::string> commit() override {
    if (at_ == fault_at::commit) return std::unexpected(reason_);
    return real_->commit();
  }
  result<void> read(std::uint64_t offset, std::span<std::byte> out) const override {
    return real_->read(offset, out);
  }
  result<void> restart(std::uint64_t length) override { return real_->restart(length); }
  void abandon(bool keep) noexcept override { real_->abandon(keep); }
  std::string path() const override { return real_->path(); }

 private:
  std::unique_ptr<file_sink> real_;
  fault_at at_;
  error reason_;
};

struct disk_faults : transfers {
  // What a program at the other end of a pipe reads. Time goes by only while it has nothing to read: nobody
  // may find it slow because this machine is.
  std::string read_to_the_end(int pipe) {
    std::string read;
    std::thread reader([&] {
      std::array<char, 65'536> buffer;
      for (ssize_t got = 0; (got = ::read(pipe, buffer.data(), buffer.size())) > 0;)
        read.append(buffer.data(), static_cast<std::size_t>(got));
    });
    loop.run();
    while (at_receiver.ends.empty()) {
      for (int left = 1; ::ioctl(pipe, FIONREAD, &left) == 0 && left > 0;) std::this_thread::yield();
      pass(limits::transfer_tick);
    }
    reader.join();
    ::close(pipe);
    return read;
  }
};

TEST_F(disk_faults, a_failing_disk_ends_the_transfer_with_the_reason_and_nothing_else) {
  for (const auto at : {fault_at::open, fault_at::write, fault_at::flush, fault_at::commit}) {
    for (const auto code : {errc::disk_full, errc::write_failed}) {
      SCOPED_TRACE(std::to_string(static_cast<int>(at)) + " " + std::string(word(code)));
      at_sender.ends.clear();
      at_receiver.ends.clear();
      fs::remove_all(inbox);
      request.make_sink = [&](const transfer_info&) -> result<std::unique_ptr<file_sink>> {
        return std::make_unique<failing_sink>(make_directory_sink(inbox).value(), at,
                                              error{code, "write /home/ana/secret-place: broken", {}});
      };
      const auto content = random_content(1U << 20U);
      start(make_file("a.bin", content));
      loop.run();
      EXPECT_EQ(at_sender.outcome(), word(code));
      EXPECT_EQ(at_receiver.outcome(), word(code));
      EXPECT_EQ(at_sender.ends.back().second.error().detail.find("secret-place"), std::string::npos)
          << "the sender learned a path of ours";
      EXPECT_TRUE(receiver->empty());
      if (at == fault_at::open) {
        EXPECT_THAT(names(), IsEmpty());
      } else {
        ASSERT_THAT(names(), ElementsAre("a.bin.part"));
        const auto part = received().at("a.bin.part");
        EXPECT_EQ(part, content.substr(0, part.size()));
      }
    }
  }
  request.make_sink = [this](const transfer_info&) { return make_directory_sink(inbox); };
  at_sender.ends.clear();
  start(make_file("b.bin", "still alive"));
  loop.run();
  EXPECT_EQ(at_sender.outcome(), "ok");
}

TEST_F(disk_faults, a_directory_that_cannot_be_made_refuses_the_file) {
  os::write_content(temp / "file", "x");
  request.make_sink = [this](const transfer_info&) { return make_directory_sink(temp / "file"); };
  start(make_file("a.bin", "x"));
  loop.run();
  EXPECT_NE(at_sender.outcome(), "ok");
  EXPECT_NE(at_sender.outcome(), "running");
}

// A tmpfs on the inbox. Needs root in the initial namespace.
struct small_disk : disk_faults {
  bool mounted = false;

  void mount(const std::string& size) {
    mounted = ::mount("tmpfs", inbox.c_str(), "tmpfs", 0, ("size=" + size).c_str()) == 0;
  }
  void TearDown() override {
    sender.reset();
    receiver.reset();
    if (mounted) ::umount2(inbox.c_str(), MNT_DETACH);
  }
};

TEST_F(small_disk, what_does_not_fit_is_refused_before_the_first_byte) {
  mount("20m");
  if (!mounted) GTEST_SKIP() << "cannot mount a tmpfs";
  start(make_file("a.bin", random_content(5U << 20U)));
  loop.run();
  EXPECT_EQ(at_sender.outcome(), "disk_full");
  EXPECT_TRUE(at_sender.started.empty());
  EXPECT_THAT(names(), IsEmpty());
}

TEST_F(small_disk, a_disk_that_becomes_full_keeps_the_part_and_the_receiver_lives_on) {
  mount("24m");
  if (!mounted) GTEST_SKIP() << "cannot mount a tmpfs";
  const auto content = random_content(6U << 20U);
  const auto link = start(make_file("a.bin", content), {.piece_bytes_max = 100'000});
  run_until_delivered(*link, 1U << 20U);
  os::write_content(inbox / "filler", std::string(21U << 20U, 'x'));
  loop.run();
  EXPECT_EQ(at_sender.outcome(), "disk_full");
  EXPECT_EQ(at_receiver.outcome(), "disk_full");
  fs::remove(inbox / "filler");
  ASSERT_THAT(names(), ElementsAre("a.bin.part"));
  const auto part = received().at("a.bin.part");
  EXPECT_GE(part.size(), 1U << 20U);
  EXPECT_EQ(part, content.substr(0, part.size()));

  at_sender.ends.clear();
  start(make_file("b.bin", "room again"));
  loop.run();
  EXPECT_EQ(at_sender.outcome(), "ok");
}

// What a newer version needs is counted from what can be kept of the earlier one.
TEST_F(small_disk, a_full_disk_leaves_the_part_of_an_earlier_version_to_go_on_with) {
  mount("40m");
  if (!mounted) GTEST_SKIP() << "cannot mount a tmpfs";
  constexpr auto mib = std::size_t{1} << 20U;
  const auto old = random_content(6 * mib, 1);
  const auto file = make_file("a.bin", old);
  const auto link = start(file, {.piece_bytes_max = 60'000});
  run_until_delivered(*link, 4 * mib);
  link->cut();
  loop.run();
  ASSERT_THAT(names(), ElementsAre("a.bin.part"));
  const auto kept = received().at("a.bin.part");
  ASSERT_EQ(kept, old.substr(0, kept.size()));
  const auto version = [&](const std::string& content, int seconds) {
    os::write_content(file, content);
    fs::last_write_time(file, fs::file_time_type::clock::now() + std::chrono::seconds(seconds));
    at_sender.ends.clear();
    at_receiver.ends.clear();
    start(file);
    loop.run();
    return at_sender.outcome();
  };
  // Room for what is missing of six, not for all of them beside the part, nor for much more.
  const auto filler = 40 * mib - kept.size() - limits::free_space_reserve_bytes - 4 * mib;
  os::write_content(inbox / "filler", std::string(filler, 'x'));
  EXPECT_EQ(version(old + random_content(6 * mib, 2), 1), "disk_full") << "longer";
  EXPECT_EQ(version(random_content(6 * mib, 3), 2), "disk_full") << "nothing of it the same";
  fs::remove(inbox / "filler");
  ASSERT_THAT(names(), ElementsAre("a.bin.part"));
  EXPECT_GE(received().at("a.bin.part").size() + limits::chunk_bytes, kept.size());
  EXPECT_EQ(version(old, 3), "ok");
  EXPECT_GE(at_sender.summary().before + limits::chunk_bytes, kept.size());
  EXPECT_EQ(received(), (std::map<std::string, std::string>{{"a.bin", old}}));
}

TEST_F(small_disk, a_folder_that_does_not_fit_is_refused_and_leaves_nothing) {
  mount("20m");
  if (!mounted) GTEST_SKIP() << "cannot mount a tmpfs";
  const auto album = temp / "album";
  fs::create_directories(album / "deep" / "er");
  os::write_content(album / "deep" / "a.bin", random_content(5U << 20U));
  start_folder(album);
  loop.run();
  EXPECT_EQ(at_sender.outcome(), "disk_full");
  EXPECT_THAT(names(), IsEmpty());
}

// RLIMIT_FSIZE works for everybody, root or not.
TEST_F(disk_faults, a_write_beyond_the_limit_of_the_process_is_a_full_disk) {
  os::ignore_write_signals();
  auto sink = make_directory_sink(inbox).value();
  ASSERT_TRUE(sink->open({"a.bin", 100'000, {}}).has_value());
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const rlimit low{10'000, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &low), 0);
  const auto written = sink->write(0, bytes(100'000));
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  ASSERT_FALSE(written.has_value());
  EXPECT_EQ(written.error().code, errc::disk_full);
}

TEST_F(disk_faults, a_sink_that_is_dropped_keeps_what_was_written) {
  {
    auto sink = make_directory_sink(inbox).value();
    ASSERT_TRUE(sink->open({"a.bin", 10, {}}).has_value());
    ASSERT_TRUE(sink->write(0, as_bytes("abc")).has_value());
    EXPECT_EQ(sink->path(), inbox / "a.bin.part");
  }
  EXPECT_EQ(os::content_of(inbox / "a.bin.part"), "abc");
}

TEST_F(disk_faults, long_names_have_room_for_their_part) {
  const std::string name(255, 'n');
  auto sink = make_directory_sink(inbox).value();
  ASSERT_TRUE(sink->open({name, 1, {}}).has_value());
  ASSERT_TRUE(sink->write(0, as_bytes("x")).has_value());
  ASSERT_TRUE(sink->flush().has_value());
  EXPECT_EQ(sink->commit().value(), name);
  EXPECT_THAT(names(), ElementsAre(name));
}

TEST_F(disk_faults, a_preallocated_file_is_written_in_place_and_cut_to_size) {
  os::write_content(temp / "out", std::string(1'000'000, 'o'));
  ASSERT_EQ(::chmod((temp / "out").c_str(), 0640), 0);
  request.make_sink = [this](const transfer_info&) -> result<std::unique_ptr<file_sink>> {
    return make_fd_sink(os::unique_fd(::open((temp / "out").c_str(), O_WRONLY | O_CLOEXEC)), "out");
  };
  const auto content = random_content(700'000);
  start(make_file("a.bin", content));
  loop.run();
  EXPECT_EQ(at_sender.outcome(), "ok");
  EXPECT_EQ(os::content_of(temp / "out"), content);
  struct stat facts{};
  ASSERT_EQ(::stat((temp / "out").c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 07777U, 0640U);
}

TEST_F(disk_faults, a_pipe_gets_the_content_in_order) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
  request.make_sink = [&](const transfer_info&) -> result<std::unique_ptr<file_sink>> {
    return make_fd_sink(os::unique_fd(ends[1]), "-");
  };
  const auto content = random_content(3'000'000);
  start(make_file("a.bin", content));
  EXPECT_TRUE(read_to_the_end(ends[0]) == content);
  EXPECT_EQ(at_receiver.outcome(), "ok");
  EXPECT_EQ(at_receiver.summary().path, "-");
}

TEST_F(disk_faults, a_reader_that_pauses_holds_the_sender_up_and_not_the_program) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
  request.make_sink = [&](const transfer_info&) -> result<std::unique_ptr<file_sink>> {
    return make_fd_sink(os::unique_fd(ends[1]), "-");
  };
  const auto content = random_content(4U << 20U);
  const auto link = start(make_file("a.bin", content), {.window_bytes = 300'000, .queue_bytes = 300'000});
  loop.run();
  EXPECT_EQ(at_receiver.outcome(), "running");
  EXPECT_LT(link->halves[0].total_delivered, 2U << 20U);
  pass(5min);
  EXPECT_EQ(at_receiver.outcome(), "running") << "no stall: it is we who hold the sender up";
  EXPECT_TRUE(read_to_the_end(ends[0]) == content);
  EXPECT_EQ(at_receiver.outcome(), "ok");
}

// False when nobody let go of it: then the reader goes, so that the test ends at all.
bool comes_to_an_end(std::function<void()> work, os::unique_fd& reader) {
  auto running = std::async(std::launch::async, std::move(work));
  const bool ended = running.wait_for(20s) == std::future_status::ready;
  if (!ended) reader.reset();
  running.wait();
  return ended;
}

TEST_F(disk_faults, who_waits_for_a_reader_at_the_end_can_be_told_to_wait_no_longer) {
  os::ignore_write_signals();
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
  os::unique_fd reader(ends[0]);
  std::shared_ptr<file_sink> sink = make_fd_sink(os::unique_fd(ends[1]), "-");
  ASSERT_TRUE(sink->open({.name = "a", .size = 1U << 20U}).has_value());
  ASSERT_TRUE(sink->write(0, as_bytes(random_content(1U << 20U))).has_value());
  ASSERT_GT(sink->backlog().value(), 0U);
  sink->stop_waiting();
  result<void> outcome;
  EXPECT_TRUE(comes_to_an_end([&] { outcome = sink->flush(); }, reader));
  ASSERT_FALSE(outcome.has_value());
  EXPECT_EQ(outcome.error().code, errc::canceled);
}

TEST_F(disk_faults, a_transfer_that_is_called_off_tells_its_worker_to_wait_no_longer) {
  os::ignore_write_signals();
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
  os::unique_fd reader(ends[0]);
  request.make_sink = [&](const transfer_info&) -> result<std::unique_ptr<file_sink>> {
    return make_fd_sink(os::unique_fd(ends[1]), "-");
  };
  worker_busy = true;
  start(make_file("a.bin", random_content(200'000)));  // more than a pipe takes
  loop.run();
  ASSERT_EQ(jobs.size(), 1U);
  ASSERT_TRUE(receiver->cancel(1).has_value());
  loop.run();
  EXPECT_EQ(at_receiver.outcome(), "canceled");
  EXPECT_TRUE(comes_to_an_end([this] { jobs[0].first(); }, reader));
  loop.post(std::move(jobs[0].second));
  loop.run();
  EXPECT_NE(at_sender.outcome(), "ok");
}

TEST_F(disk_faults, a_file_opened_to_append_keeps_what_it_has) {
  os::write_content(temp / "out", "before ");
  request.make_sink = [this](const transfer_info&) -> result<std::unique_ptr<file_sink>> {
    return make_fd_sink(os::unique_fd(::open((temp / "out").c_str(), O_WRONLY | O_APPEND | O_CLOEXEC)),
                        "out");
  };
  start(make_file("a.bin", "and after"));
  loop.run();
  EXPECT_EQ(os::content_of(temp / "out"), "before and after");
}

TEST_F(disk_faults, a_reader_that_goes_away_is_a_write_error) {
  os::ignore_write_signals();
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
  ::close(ends[0]);
  request.make_sink = [&](const transfer_info&) -> result<std::unique_ptr<file_sink>> {
    return make_fd_sink(os::unique_fd(ends[1]), "-");
  };
  start(make_file("a.bin", random_content(300'000)));
  loop.run();
  EXPECT_EQ(at_receiver.outcome(), "write_failed");
  EXPECT_EQ(at_sender.outcome(), "write_failed");
}

TEST_F(disk_faults, a_slow_disk_is_told_to_the_sender) {
  worker_busy = true;
  start(make_file("a.bin", "content"));
  loop.run();
  pass(5min);
  EXPECT_EQ(at_sender.outcome(), "running");
  let_worker_finish();
  EXPECT_EQ(at_sender.outcome(), "ok");
}

}  // namespace
}  // namespace mesh::share
