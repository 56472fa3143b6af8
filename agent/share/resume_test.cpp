#include "agent/share/scripted_peer.hpp"
#include "agent/share/transfer_fixture.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <gmock/gmock.h>

namespace mesh::share {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
namespace fs = std::filesystem;

using content_map = std::map<std::string, std::string>;
constexpr auto block = limits::resume_block_bytes;

struct resuming : transfers {
  std::uint64_t content_sent = 0;  // bytes on the stream from the sender, all attempts

  // Begins once more, with nothing remembered of the attempt before.
  std::shared_ptr<memory_link> again(const fs::path& file, memory_link_options options = {}) {
    at_sender.ends.clear();
    at_receiver.ends.clear();
    at_receiver.started.clear();
    return start(file, options);
  }
  void cut_after(const fs::path& file, std::uint64_t count) {
    const auto link = again(file, {.piece_bytes_max = 60'000});
    run_until_delivered(*link, count);
    link->cut();
    loop.run();
    content_sent += link->halves[0].total_delivered;
    ASSERT_EQ(at_receiver.outcome(), "connection_lost");
  }
  void finish(const fs::path& file) {
    const auto link = again(file);
    loop.run();
    content_sent += link->halves[0].total_delivered;
    ASSERT_EQ(at_sender.outcome(), "ok");
    ASSERT_EQ(at_receiver.outcome(), "ok");
  }
};

TEST_F(resuming, a_file_goes_on_where_it_was_cut) {
  const auto content = random_content(4U << 20U);
  const auto file = make_file("a.bin", content);
  cut_after(file, 3'000'000);
  ASSERT_THAT(names(), ElementsAre("a.bin.part"));
  ASSERT_THAT(journals(), ElementsAre("a.bin.part.journal"));
  finish(file);
  EXPECT_EQ(received(), (std::map<std::string, std::string>{{"a.bin", content}}));
  EXPECT_GT(at_receiver.summary().before, 2'500'000U);
  EXPECT_EQ(at_sender.summary().before, at_receiver.summary().before);
  EXPECT_EQ(at_sender.summary().hash, crypto::blake3_hex(as_bytes(content)));
}

TEST_F(resuming, nothing_that_was_written_is_sent_again_but_one_incomplete_chunk) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  for (int round = 0; round < 12; ++round) {
    const auto content = random_content(500'000 + random() % 3'000'000, static_cast<std::uint32_t>(random()));
    const auto name = "round-" + std::to_string(round);
    const auto file = make_file(name, content);
    content_sent = 0;
    std::uint64_t cuts = 0;
    std::uint64_t lost_in_flight = 0;
    while (true) {
      const auto link =
          again(file, {.seed = static_cast<std::uint32_t>(random()), .piece_bytes_max = 50'000});
      for (auto steps = random() % 80; steps > 0 && loop.step();) --steps;
      if (random() % 4 == 0) loop.run();
      link->cut();
      loop.run();
      content_sent += link->halves[0].total_delivered;
      ++cuts;
      ASSERT_LT(cuts, 200U);
      if (at_receiver.outcome() == "ok") break;
      // What arrived and was no whole frame when the cut came.
      lost_in_flight += limits::chunk_bytes;
    }
    ASSERT_EQ(os::content_of(inbox / name), content) << round;
    ASSERT_FALSE(fs::exists(inbox / (name + ".part.journal")));
    const auto messages = cuts * 2000 + content.size() / 1000;
    EXPECT_LE(content_sent, content.size() + lost_in_flight + messages) << round;
    fs::remove(inbox / name);
  }
}

TEST_F(resuming, any_damage_between_two_attempts_still_gives_the_right_file) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  for (int round = 0; round < 20; ++round) {
    const auto content = random_content(3'000'000, static_cast<std::uint32_t>(random()));
    const auto name = "round-" + std::to_string(round);
    const auto file = make_file(name, content);
    cut_after(file, 400'000 + random() % 2'000'000);
    const auto part = inbox / (name + ".part");
    const auto journal = inbox / (name + ".part.journal");
    switch (round % 5) {
      case 0:
        fs::resize_file(part, random() % fs::file_size(part));
        break;
      case 1:
        fs::resize_file(journal, random() % fs::file_size(journal));
        break;
      case 2: {
        auto damaged = os::content_of(part);
        damaged[random() % damaged.size()] ^= 1;
        const int fd = ::open(part.c_str(), O_WRONLY);
        ASSERT_EQ(::pwrite(fd, damaged.data(), damaged.size(), 0), static_cast<ssize_t>(damaged.size()));
        ::close(fd);
        break;
      }
      case 3:
        fs::remove(journal);
        break;
      default:
        fs::resize_file(part, 2'999'999);  // a power loss: the length reached the disk, the bytes did not
    }
    finish(file);
    ASSERT_EQ(os::content_of(inbox / name), content) << round;
  }
}

TEST_F(resuming, a_power_loss_costs_what_it_took_and_nothing_before_it) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  const auto content = random_content(2 * block + 3'000'000);
  for (const bool zeros : {false, true}) {
    const std::string name = zeros ? "zeros" : "short";
    const auto file = make_file(name, content);
    cut_after(file, 2 * block + 2'000'000);
    const auto part = inbox / (name + ".part");
    const auto journal = inbox / (name + ".part.journal");
    const auto there = fs::file_size(part);
    const auto lost_at = random() % there;
    fs::resize_file(part, lost_at);
    if (zeros) fs::resize_file(part, there);  // the length reached the disk, the bytes did not
    // Behind its first line, which is written before anything else.
    const auto first_line = os::content_of(journal).find('\n') + 1;
    fs::resize_file(journal, first_line + random() % (fs::file_size(journal) - first_line + 1));
    finish(file);
    EXPECT_TRUE(os::content_of(inbox / name) == content);
    const auto chunks = [](std::uint64_t bytes) { return bytes / limits::chunk_bytes * limits::chunk_bytes; };
    // Zeros behind the last whole chunk are not looked at.
    const auto kept = !zeros || lost_at >= chunks(there) ? chunks(lost_at) : lost_at / block * block;
    EXPECT_EQ(at_sender.summary().before, kept) << "lost at " << lost_at;
  }
}

TEST_F(resuming, the_first_block_that_differs_is_where_it_begins_again) {
  auto content = random_content(2 * block + 5'000'000);
  const auto file = make_file("a.bin", content);
  struct stat before{};
  ASSERT_EQ(::stat(file.c_str(), &before), 0);
  cut_after(file, 2 * block + 3'000'000);
  // Changed behind the back of size and time: only the content tells.
  content[block + 7] ^= 1;
  os::write_content(file, content);
  const timespec times[2] = {before.st_mtim, before.st_mtim};
  ASSERT_EQ(::utimensat(AT_FDCWD, file.c_str(), times, 0), 0);
  finish(file);
  EXPECT_EQ(os::content_of(inbox / "a.bin"), content);
  EXPECT_EQ(at_sender.summary().before, block);
}

// seconds: how much later than now it was written.
void change(const fs::path& file, std::string_view content, int seconds) {
  os::write_content(file, std::string(content));
  fs::last_write_time(file, fs::file_time_type::clock::now() + std::chrono::seconds(seconds));
}

TEST_F(resuming, a_newer_version_takes_over_the_part_as_far_as_it_is_the_same) {
  auto content = random_content(2 * block + 5'000'000);
  const auto file = make_file("a.bin", content);
  cut_after(file, 2 * block + 3'000'000);
  content += random_content(1'000'000, 2);
  change(file, content, 1);
  cut_after(file, 500'000);
  content[block + 7] ^= 1;
  change(file, content, 2);
  cut_after(file, 100'000);
  content += "the end";
  change(file, content, 3);
  finish(file);
  EXPECT_EQ(at_sender.summary().before, block);
  EXPECT_TRUE(received() == content_map({{"a.bin", content}}));
}

TEST_F(resuming, a_newer_version_that_is_shorter_leaves_nothing_of_the_old_one) {
  const auto content = random_content(block + 5'000'000);
  const auto file = make_file("a.bin", content);
  cut_after(file, block + 3'000'000);
  change(file, content.substr(0, block + 100'000), 1);
  finish(file);
  EXPECT_GE(at_sender.summary().before, block);
  EXPECT_TRUE(received() == content_map({{"a.bin", content.substr(0, block + 100'000)}}));
  EXPECT_THAT(journals(), testing::IsEmpty());
}

TEST_F(resuming, an_older_file_of_that_name_is_another_one) {
  const auto content = random_content(4U << 20U);
  const auto file = make_file("a.bin", content);
  cut_after(file, 3'000'000);
  change(file, content, -100);
  finish(file);
  EXPECT_EQ(at_sender.summary().before, 0U);
  EXPECT_THAT(names(), testing::UnorderedElementsAre("a.bin", "a.bin.part"));
}

TEST_F(resuming, two_files_of_one_name_that_come_at_once_do_not_get_into_each_other) {
  const auto first = random_content(4U << 20U, 1), second = random_content(4U << 20U, 2);
  const auto file = make_file("a.bin", first);
  const auto link = again(file);
  run_until_delivered(*link, 1'000'000);
  fs::create_directory(temp / "other");
  change(temp / "other/a.bin", second, 1);
  const auto beside = start(temp / "other/a.bin");
  loop.run();
  EXPECT_THAT(at_receiver.ends, testing::SizeIs(2));
  EXPECT_TRUE(received() == content_map({{"a.bin", first}, {"a (1).bin", second}}) ||
              received() == content_map({{"a.bin", second}, {"a (1).bin", first}}));
}

TEST_F(resuming, a_cut_during_the_checkpoint_and_a_journal_with_blocks) {
  const auto content = random_content(3 * block);
  const auto file = make_file("a.bin", content);
  const auto link = again(file);
  while (link->halves[0].total_delivered < 2 * block + 100'000 && loop.step()) loop.pass(1ms);
  link->cut();
  loop.run();
  const auto journal = os::content_of(inbox / "a.bin.part.journal");
  EXPECT_NE(journal.find("1 " + crypto::blake3_hex(as_bytes(content).first(2 * block))), std::string::npos);
  finish(file);
  EXPECT_GE(at_sender.summary().before, 2 * block);
  EXPECT_TRUE(os::content_of(inbox / "a.bin") == content);
}

TEST_F(resuming, another_sender_never_gets_at_a_part) {
  const auto file = make_file("a.bin", random_content(2U << 20U));
  cut_after(file, 1'000'000);
  request.peer = {mesh::user_id{"usr_1"}, mesh::device_id{"a-third-device"}};
  finish(file);
  EXPECT_EQ(at_receiver.summary().before, 0U);
  EXPECT_THAT(names(), ElementsAre("a.bin", "a.bin.part"));
  request.peer = test_peer;
  finish(file);
  EXPECT_GT(at_receiver.summary().before, 500'000U);
  EXPECT_THAT(names(), ElementsAre("a (1).bin", "a.bin"));
  EXPECT_THAT(journals(), testing::IsEmpty());
}

TEST_F(resuming, another_file_of_the_same_name_keeps_its_own_part) {
  const auto first = random_content(2U << 20U, 1);
  cut_after(make_file("a.bin", first), 1'000'000);
  const auto second = random_content(3U << 20U, 2);
  cut_after(make_file("a.bin", second), 1'000'000);
  EXPECT_THAT(names(), ElementsAre("a.bin (1).part", "a.bin.part"));
  finish(temp / "outbox" / "a.bin");
  EXPECT_EQ(os::content_of(inbox / "a.bin"), second);
  EXPECT_GT(at_receiver.summary().before, 500'000U);
}

TEST_F(resuming, a_part_that_is_being_written_is_not_written_twice) {
  const auto file = make_file("a.bin", random_content(2U << 20U));
  const auto link = again(file, {.piece_bytes_max = 60'000});
  run_until_delivered(*link, 600'000);
  start(file);
  while (at_sender.ends.empty()) ASSERT_TRUE(loop.step());
  EXPECT_EQ(at_sender.ends[0].second.error().code, errc::busy);
}

TEST_F(resuming, a_link_in_place_of_a_part_is_not_followed) {
  const auto file = make_file("a.bin", random_content(2U << 20U));
  cut_after(file, 1'000'000);
  fs::rename(inbox / "a.bin.part", temp / "mine");
  fs::create_symlink(temp / "mine", inbox / "a.bin.part");
  const auto before = os::content_of(temp / "mine");
  finish(file);
  EXPECT_EQ(at_receiver.summary().before, 0U);
  EXPECT_EQ(os::content_of(temp / "mine"), before);
  fs::remove(inbox / "a.bin.part");
  fs::create_hard_link(temp / "mine", inbox / "a.bin.part");
  finish(file);
  EXPECT_EQ(os::content_of(temp / "mine"), before);
}

TEST_F(resuming, a_sender_that_vanishes_while_the_part_is_read_loses_nothing) {
  const auto content = random_content(4U << 20U);
  const auto file = make_file("a.bin", content);
  cut_after(file, 3'000'000);
  worker_busy = true;
  const auto link = again(file);
  loop.run();
  EXPECT_FALSE(jobs.empty());
  link->cut();
  loop.run();
  run_worker();
  loop.run();
  worker_busy = false;
  finish(file);
  EXPECT_GT(at_receiver.summary().before, 2'500'000U);
  EXPECT_EQ(os::content_of(inbox / "a.bin"), content);
}

TEST_F(resuming, a_sender_that_comes_back_ends_what_it_left_open) {
  const auto content = random_content(4U << 20U);
  const auto file = make_file("a.bin", content);
  transfer_id = "the-same-job";
  const auto first = again(file, {.piece_bytes_max = 60'000, .window_bytes = 100'000});
  run_until_delivered(*first, 2'000'000);
  start(file);
  while (at_receiver.ends.size() < 2) ASSERT_TRUE(loop.step());
  loop.run();
  EXPECT_EQ(at_receiver.ends[0].second.error().code, errc::connection_lost);
  ASSERT_TRUE(at_receiver.ends[1].second.has_value());
  EXPECT_GT(at_receiver.ends[1].second->before, 1'000'000U);
  EXPECT_EQ(received(), (std::map<std::string, std::string>{{"a.bin", content}}));
}

TEST_F(resuming, every_lie_about_a_part_is_refused_by_name) {
  const auto file = make_file("a.bin", random_content(2U << 20U));
  struct lie {
    const char* name;
    std::function<void(scripted_peer&)> act;
    errc code;
  };
  for (const auto& [name, act, code] : std::vector<lie>{
           {"a chunk that is not behind a block that was named",
            [](scripted_peer& s) { s.chunk(262'144, std::string(10, 'x')); }, errc::offset_invalid},
           {"a chunk behind all that is there",
            [](scripted_peer& s) { s.chunk((2U << 20U) - 5, std::string(5, 'x')); }, errc::offset_invalid},
           {"the end, although not all is there",
            [](scripted_peer& s) { s.say(wire::file_done{std::string(64, 'a'), 2U << 20U}); },
            errc::size_mismatch},
           {"comparing that does not get on",
            [](scripted_peer& s) {
              s.say(wire::file_progress{5});
              s.say(wire::file_progress{5});
            },
            errc::unexpected_message},
           {"comparing more than is there", [](scripted_peer& s) { s.say(wire::file_progress{2U << 20U}); },
            errc::unexpected_message},
           {"comparing after the first byte",
            [](scripted_peer& s) {
              s.chunk(0, std::string(10, 'x'));
              s.say(wire::file_progress{5});
            },
            errc::unexpected_message}}) {
    SCOPED_TRACE(name);
    cut_after(file, 1'000'000);
    const auto part = file_source::open(file).value();
    at_receiver.ends.clear();
    auto pair = make_memory_pair(loop);
    ASSERT_TRUE(receiver->receive(std::move(pair.b), {}, request).has_value());
    scripted_peer peer(std::move(pair.a));
    peer.say(wire::file_meta{"id", "a.bin", part.size(), {}, unix_milliseconds(part.mtime()), 0644});
    loop.run();
    const auto* const accept = peer.last<wire::file_accept>();
    ASSERT_NE(accept, nullptr);
    EXPECT_GT(accept->offset, 500'000U);
    ASSERT_EQ(accept->blocks.value().size(), 1U);
    act(peer);
    loop.run();
    ASSERT_EQ(at_receiver.ends.size(), 1U);
    EXPECT_EQ(at_receiver.ends[0].second.error().code, code);
    EXPECT_FALSE(fs::exists(inbox / "a.bin"));
    for (const auto& entry : fs::directory_iterator(inbox)) fs::remove(entry);
  }
}

}  // namespace
}  // namespace mesh::share
