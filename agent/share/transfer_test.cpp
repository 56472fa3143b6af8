#include "agent/os/process.hpp"
#include "agent/share/buffer_pool.hpp"
#include "agent/share/transfer_fixture.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <gmock/gmock.h>

namespace mesh::share {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
namespace fs = std::filesystem;
using content_map = std::map<std::string, std::string>;

TEST_F(transfers, files_of_every_size_arrive_whole) {
  for (const std::size_t size : {0UL, 1UL, 262'143UL, 262'144UL, 262'145UL, 524'288UL, 5UL << 20U}) {
    const auto content = random_content(size);
    const auto name = std::to_string(size) + ".bin";
    start(make_file(name, content));
    loop.run();
    ASSERT_EQ(at_sender.outcome(), "ok") << size;
    ASSERT_EQ(at_receiver.outcome(), "ok") << size;
    EXPECT_EQ(os::content_of(inbox / name), content);
    const auto hash = crypto::blake3_hex(as_bytes(content));
    EXPECT_EQ(at_sender.summary().hash, hash);
    EXPECT_EQ(at_receiver.summary().hash, hash);
    EXPECT_EQ(at_sender.summary().name, name);
    EXPECT_EQ(at_receiver.summary().path, inbox / name);
    EXPECT_EQ(at_receiver.summary().info.size, size);
    EXPECT_TRUE(sender->empty());
    EXPECT_TRUE(receiver->empty());
    at_sender.ends.clear();
    at_receiver.ends.clear();
  }
  EXPECT_EQ(names().size(), 7U) << "no .part is left";
}

TEST_F(transfers, time_is_kept_and_permissions_are_harmless) {
  const auto file = make_file("tool", "#!/bin/sh\n");
  ASSERT_EQ(::chmod(file.c_str(), 06755), 0);
  const timespec times[2] = {{1'600'000'000, 0}, {1'500'000'000, 123'000'000}};
  ASSERT_EQ(::utimensat(AT_FDCWD, file.c_str(), times, 0), 0);
  start(file);
  loop.run();
  struct stat facts{};
  ASSERT_EQ(::stat((inbox / "tool").c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 07777U, 0644U & ~os::process_umask());
  EXPECT_EQ(facts.st_mtim.tv_sec, 1'500'000'000);
  EXPECT_EQ(facts.st_mtim.tv_nsec, 123'000'000);
}

TEST_F(transfers, a_part_is_private_while_it_grows) {
  const auto link = start(make_file("a.bin", random_content(3U << 20U)), {.piece_bytes_max = 100'000});
  run_until_delivered(*link, 1U << 20U);
  struct stat facts{};
  ASSERT_EQ(::stat((inbox / "a.bin.part").c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 07777U, 0600U);
  EXPECT_THAT(names(), ElementsAre("a.bin.part"));
}

TEST_F(transfers, nothing_that_exists_is_overwritten) {
  os::write_content(inbox / "a.txt", "mine");
  os::write_content(inbox / "B.TXT", "mine too");
  os::write_content(inbox / "a.txt.part", "and this");
  fs::create_symlink(temp / "elsewhere", inbox / "link.txt");
  for (const std::string name : {"a.txt", "a.txt", "b.txt", "link.txt"}) {
    start(make_file(name, "new " + name));
    loop.run();
  }
  EXPECT_EQ(received(), (content_map{{"a.txt", "mine"},
                                     {"B.TXT", "mine too"},
                                     {"a.txt.part", "and this"},
                                     {"a (1).txt", "new a.txt"},
                                     {"a (2).txt", "new a.txt"},
                                     {"b (1).txt", "new b.txt"},
                                     {"link (1).txt", "new link.txt"}}));
  EXPECT_FALSE(fs::exists(temp / "elsewhere"));
}

TEST_F(transfers, a_name_taken_meanwhile_is_not_overwritten) {
  worker_busy = true;
  start(make_file("a.txt", "new"));
  loop.run();
  os::write_content(inbox / "a.txt", "faster");
  let_worker_finish();
  EXPECT_EQ(received(), (content_map{{"a.txt", "faster"}, {"a (1).txt", "new"}}));
  EXPECT_EQ(at_sender.summary().name, "a (1).txt");
}

TEST_F(transfers, any_splitting_of_the_stream_gives_the_same_file) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  const auto below = [&random](std::size_t n) {
    return std::uniform_int_distribution<std::size_t>(0, n)(random);
  };
  for (int round = 0; round < 20; ++round) {
    const memory_link_options options{.seed = static_cast<std::uint32_t>(random()),
                                      .piece_bytes_max = 1 + below(400'000),
                                      .window_bytes = 1000 + below(600'000),
                                      .queue_bytes = 1 + below(900'000)};
    const auto content = random_content(below(1'500'000), static_cast<std::uint32_t>(random()));
    const auto name = "round-" + std::to_string(round);
    at_sender.ends.clear();
    at_receiver.ends.clear();
    const auto link = start(make_file(name, content), options);
    const bool cut = below(3) == 0;
    if (!cut) {
      loop.run();
      ASSERT_EQ(at_receiver.outcome(), "ok") << round;
      ASSERT_EQ(os::content_of(inbox / name), content) << round;
      continue;
    }
    for (auto steps = below(60); steps > 0 && loop.step();) --steps;
    link->cut();
    loop.run();
    if (at_receiver.outcome() == "ok") {
      ASSERT_EQ(os::content_of(inbox / name), content) << round;
    } else {
      ASSERT_FALSE(fs::exists(inbox / name)) << round;
      const auto part = os::content_of(inbox / (name + ".part"));
      ASSERT_EQ(part, content.substr(0, part.size())) << round;
    }
  }
  EXPECT_TRUE(sender->empty());
  EXPECT_TRUE(receiver->empty());
}

TEST_F(transfers, many_files_travel_at_once) {
  content_map sent;
  for (int i = 0; i < 40; ++i) {
    const auto name = "file-" + std::to_string(i);
    sent[name] = random_content(static_cast<std::size_t>(i) * 20'000, static_cast<std::uint32_t>(i));
    start(make_file(name, sent[name]), {.piece_bytes_max = 50'000});
  }
  loop.run();
  EXPECT_EQ(received(), sent);
  EXPECT_EQ(at_sender.ends.size(), 40U);
}

TEST_F(transfers, too_many_at_once_are_refused) {
  std::vector<memory_pair> pairs;
  for (std::size_t i = 0; i < limits::transfers_running_max; ++i) {
    auto& pair = pairs.emplace_back(make_memory_pair(loop));
    request.peer.device = mesh::device_id("device-" + std::to_string(i / 30));
    ASSERT_TRUE(receiver->receive(std::move(pair.b), {}, request).has_value());
  }
  auto pair = make_memory_pair(loop);
  request.peer.device = mesh::device_id("late-device");
  EXPECT_EQ(receiver->receive(std::move(pair.b), {}, request).error().code, errc::busy);
}

TEST_F(transfers, a_cut_keeps_the_part_and_gives_no_name) {
  const auto content = random_content(4U << 20U);
  const auto link = start(make_file("a.bin", content), {.piece_bytes_max = 60'000});
  run_until_delivered(*link, 1'500'000);
  link->cut();
  loop.run();
  EXPECT_EQ(at_sender.outcome(), "connection_lost");
  EXPECT_EQ(at_receiver.outcome(), "connection_lost");
  ASSERT_THAT(names(), ElementsAre("a.bin.part"));
  const auto part = received().at("a.bin.part");
  EXPECT_GT(part.size(), 1'400'000U);
  EXPECT_EQ(part, content.substr(0, part.size()));
  EXPECT_TRUE(sender->empty());
  EXPECT_TRUE(receiver->empty());
}

TEST_F(transfers, the_space_reserved_for_a_part_is_given_back) {
  const auto link = start(make_file("a.bin", random_content(8U << 20U)), {.piece_bytes_max = 60'000});
  run_until_delivered(*link, 1'000'000);
  link->cut();
  loop.run();
  struct stat facts{};
  ASSERT_EQ(::stat((inbox / "a.bin.part").c_str(), &facts), 0);
  EXPECT_LT(facts.st_blocks * 512, 3 << 20);
}

TEST_F(transfers, a_cut_before_the_first_byte_leaves_nothing) {
  const auto link = start(make_file("a.bin", random_content(4U << 20U)));
  while (at_receiver.started.empty()) ASSERT_TRUE(loop.step());
  link->cut();
  loop.run();
  EXPECT_THAT(names(), IsEmpty());
}

TEST_F(transfers, either_side_can_cancel) {
  for (const bool by_sender : {true, false}) {
    at_sender.ends.clear();
    at_receiver.ends.clear();
    const auto link = start(make_file(by_sender ? "a.bin" : "b.bin", random_content(4U << 20U)),
                            {.piece_bytes_max = 60'000});
    run_until_delivered(*link, 1'000'000);
    auto& table = by_sender ? *sender : *receiver;
    const auto number = (by_sender ? at_sender : at_receiver).started.back().number;
    ASSERT_TRUE(table.cancel(number).has_value());
    EXPECT_EQ(table.cancel(number).error().code, errc::not_found);
    loop.run();
    EXPECT_EQ(at_sender.outcome(), "canceled");
    EXPECT_EQ(at_receiver.outcome(), "canceled");
  }
  EXPECT_THAT(names(), ElementsAre("a.bin.part", "b.bin.part"));
}

TEST_F(transfers, the_end_of_a_session_ends_its_files_on_both_sides) {
  const auto link = start(make_file("a.bin", random_content(4U << 20U)), {.piece_bytes_max = 60'000});
  run_until_delivered(*link, 1'000'000);
  sender->end_session(mesh::session_id{"ses_another"}, {errc::session_revoked, "revoked", {}});
  EXPECT_EQ(at_sender.outcome(), "running");
  sender->end_session(test_session, {errc::session_revoked, "revoked", {}});
  loop.run();
  EXPECT_EQ(at_sender.outcome(), "session_revoked");
  EXPECT_EQ(at_receiver.outcome(), "session_revoked");
}

TEST_F(transfers, a_source_that_becomes_shorter_is_noticed) {
  const auto file = make_file("a.bin", random_content(4U << 20U));
  const auto link = start(file, {.piece_bytes_max = 60'000});
  run_until_delivered(*link, 500'000);
  fs::resize_file(file, 1U << 20U);
  loop.run();
  EXPECT_EQ(at_sender.outcome(), "file_changed");
  EXPECT_NE(at_receiver.outcome(), "ok");
  EXPECT_FALSE(fs::exists(inbox / "a.bin"));
}

TEST_F(transfers, a_source_that_is_written_to_is_noticed_at_the_end) {
  const auto file = make_file("a.bin", random_content(4U << 20U));
  const auto link = start(file, {.piece_bytes_max = 60'000});
  run_until_delivered(*link, 500'000);
  const timespec times[2] = {{0, UTIME_OMIT}, {1'500'000'000, 0}};
  ASSERT_EQ(::utimensat(AT_FDCWD, file.c_str(), times, 0), 0);
  loop.run();
  EXPECT_EQ(at_sender.outcome(), "file_changed");
  EXPECT_NE(at_receiver.outcome(), "ok");
  EXPECT_FALSE(fs::exists(inbox / "a.bin"));
}

TEST_F(transfers, only_regular_files_are_sent) {
  ASSERT_EQ(::mkfifo((temp / "pipe").c_str(), 0600), 0);
  EXPECT_EQ(file_source::open(temp / "pipe").error().code, errc::not_a_file);
  EXPECT_EQ(file_source::open(temp.path()).error().code, errc::not_a_file);
  EXPECT_EQ(file_source::open("/dev/null").error().code, errc::not_a_file);
  EXPECT_EQ(file_source::open(temp / "none").error().code, errc::not_found);
}

TEST_F(transfers, progress_is_told_at_most_every_100_ms) {
  const auto size = 8U << 20U;
  const auto link = start(make_file("a.bin", random_content(size)), {.piece_bytes_max = 50'000});
  while (at_receiver.ends.empty()) {
    ASSERT_TRUE(loop.step());
    loop.pass(2ms);
  }
  loop.run();
  for (const auto* const side : {&at_sender, &at_receiver}) {
    ASSERT_GT(side->reports.size(), 3U);
    EXPECT_EQ(side->reports.back().first.done, size);
    for (std::size_t i = 1; i < side->reports.size(); ++i) {
      EXPECT_GE(side->reports[i].first.done, side->reports[i - 1].first.done);
      if (i + 1 < side->reports.size()) {
        EXPECT_GE(side->reports[i].second - side->reports[i - 1].second, 100ms);
      }
    }
    EXPECT_GT(side->reports.at(2).first.rate, 0);
    EXPECT_TRUE(side->reports.at(2).first.eta.has_value());
  }
  EXPECT_EQ(at_receiver.reports.at(1).first.path, inbox / "a.bin.part");
}

TEST_F(transfers, running_transfers_are_listed) {
  const auto link = start(make_file("a.bin", random_content(2U << 20U)), {.piece_bytes_max = 50'000});
  run_until_delivered(*link, 1U << 20U);
  ASSERT_EQ(receiver->list().size(), 1U);
  EXPECT_EQ(receiver->list()[0].info.name, "a.bin");
  EXPECT_GT(sender->list().at(0).info.size, 0U);
  loop.run();
  EXPECT_TRUE(receiver->list().empty());
}

TEST_F(transfers, bytes_stop_while_a_session_is_paused) {
  const auto link = start(make_file("a.bin", random_content(4U << 20U)),
                          {.piece_bytes_max = 50'000, .window_bytes = 300'000});
  run_until_delivered(*link, 500'000);
  sender->pause_session(test_session, true);
  receiver->pause_session(test_session, true);
  loop.run();
  const auto before = link->halves[0].total_delivered;
  pass(10min);
  EXPECT_EQ(link->halves[0].total_delivered, before);
  EXPECT_EQ(at_receiver.outcome(), "running");
  sender->pause_session(test_session, false);
  receiver->pause_session(test_session, false);
  loop.run();
  EXPECT_EQ(at_sender.outcome(), "ok");
}

TEST_F(transfers, memory_stays_bounded_while_nothing_is_acknowledged) {
  auto link = start(make_file("a.bin", random_content(32U << 20U)), {.queue_bytes = 64U << 20U});
  link->hold_acknowledgements = true;
  loop.run();
  // FILE_META and the chunks, however much the stream would take.
  EXPECT_LE(link->halves[0].total_delivered, long_path_buffers_max * (limits::chunk_bytes + 13) + 1000);
  EXPECT_EQ(at_sender.outcome(), "running");
  while (at_sender.ends.empty()) {
    ASSERT_FALSE(link->unacknowledged.empty());
    link->unacknowledged.clear();
    loop.run();
  }
  EXPECT_EQ(at_sender.outcome(), "ok");
}

}  // namespace
}  // namespace mesh::share
