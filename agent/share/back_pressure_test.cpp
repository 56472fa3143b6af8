#include "agent/share/transfer_fixture.hpp"
#include "core/wire/frame.hpp"

#include <algorithm>
#include <iterator>

namespace mesh::share {
namespace {

using namespace std::chrono_literals;

// A disk of a rate: what write() took and the disk has not is counted, and grows only as far as it is let.
class throttled_sink final : public file_sink {
 public:
  struct disk {
    test_loop& loop;
    std::uint64_t bytes_per_second;
    std::uint64_t taken = 0;
    std::uint64_t backlog_max = 0;
    steady_time begun{};
    std::uint64_t stored() const {
      const auto seconds = std::chrono::duration<double>(loop.now() - begun).count();
      return std::min(taken, static_cast<std::uint64_t>(seconds * static_cast<double>(bytes_per_second)));
    }
  };
  throttled_sink(std::unique_ptr<file_sink> real, disk& d) : real_(std::move(real)), disk_(d) {}

  result<sink_start> open(const sink_file& file) override {
    disk_.begun = disk_.loop.now();
    return real_->open(file);
  }
  result<void> write(std::uint64_t offset, bytes_view data) override {
    disk_.taken += data.size();
    disk_.backlog_max = std::max(disk_.backlog_max, disk_.taken - disk_.stored());
    return real_->write(offset, data);
  }
  result<std::size_t> backlog() override { return static_cast<std::size_t>(disk_.taken - disk_.stored()); }
  result<void> flush() override { return real_->flush(); }
  result<std::string> commit() override { return real_->commit(); }
  void abandon(bool keep) noexcept override { real_->abandon(keep); }
  std::string path() const override { return real_->path(); }

 private:
  std::unique_ptr<file_sink> real_;
  disk& disk_;
};

struct back_pressure : transfers {};

TEST_F(back_pressure, a_slow_disk_slows_the_sender_and_the_receiver_holds_no_more_than_its_window) {
  constexpr std::size_t window = 1'000'000;
  throttled_sink::disk disk{.loop = loop, .bytes_per_second = 500'000};
  request.make_sink = [&](const transfer_info&) -> result<std::unique_ptr<file_sink>> {
    return std::make_unique<throttled_sink>(make_directory_sink(inbox).value(), disk);
  };
  const auto content = random_content(20'000'000);
  const auto link = start(make_file("a.bin", content), {.window_bytes = window});
  const auto begin = loop.now();
  std::size_t held_max = 0;
  std::size_t queued_max = 0;
  while (at_receiver.ends.empty() && loop.now() - begin < 5min) {
    pass(limits::transfer_tick);
    // Sent bytes that the disk does not have: in the sink, and in the stream of the receiver.
    const auto in_sink = static_cast<std::size_t>(disk.taken - disk.stored());
    held_max = std::max(held_max, in_sink + link->halves[1].unconsumed);
    queued_max = std::max(queued_max, link->halves[0].queued);
  }
  EXPECT_EQ(at_receiver.outcome(), "ok");
  EXPECT_EQ(at_sender.outcome(), "ok");
  EXPECT_EQ(os::content_of(inbox / "a.bin"), content);
  EXPECT_GE(loop.now() - begin, 35s) << "the sender was not slowed down to the disk";
  // Every byte is counted once in the sink and, until its credit is given, once in the stream.
  EXPECT_LE(held_max, 2 * (window + limits::chunk_bytes));
  EXPECT_LE(disk.backlog_max, window + limits::chunk_bytes);
  EXPECT_LE(queued_max, limits::send_buffers_max * (limits::chunk_bytes + 16));
}

TEST_F(back_pressure, a_disk_that_stands_still_holds_the_sender_for_as_long_as_it_takes) {
  throttled_sink::disk disk{.loop = loop, .bytes_per_second = 0};
  request.make_sink = [&](const transfer_info&) -> result<std::unique_ptr<file_sink>> {
    return std::make_unique<throttled_sink>(make_directory_sink(inbox).value(), disk);
  };
  const auto link = start(make_file("a.bin", random_content(5'000'000)), {.window_bytes = 300'000});
  pass(5min);
  EXPECT_EQ(at_receiver.outcome(), "running");
  EXPECT_LE(link->halves[0].total_delivered, 300'000U + limits::chunk_bytes);
  disk.bytes_per_second = 1'000'000'000;
  pass(10s);
  EXPECT_EQ(at_receiver.outcome(), "ok");
}

// A disk that takes its time: the clock goes on while it writes.
class slow_sink final : public file_sink {
 public:
  slow_sink(test_loop& loop, std::size_t& writes) : loop_(loop), writes_(writes) {}

  result<sink_start> open(const sink_file&) override { return sink_start{}; }
  result<void> write(std::uint64_t, bytes_view) override {
    ++writes_;
    loop_.pass(4ms);
    return {};
  }
  result<void> flush() override { return {}; }
  result<std::string> commit() override { return "a.bin"; }
  void abandon(bool) noexcept override {}
  std::string path() const override { return {}; }

 private:
  test_loop& loop_;
  std::size_t& writes_;
};

TEST_F(back_pressure, much_that_came_at_once_is_written_in_turns_and_the_window_follows) {
  constexpr std::size_t chunks = 40;
  constexpr std::size_t writes_of_a_turn_max = 3;  // the third ends the ten milliseconds
  std::size_t writes = 0;
  request.make_sink = [&](const transfer_info&) -> result<std::unique_ptr<file_sink>> {
    return std::make_unique<slow_sink>(loop, writes);
  };
  const auto content = random_content(chunks * limits::chunk_bytes);
  bytes all = wire::json_frame(wire::render_p2p_message(
      wire::file_meta{"t1", "a.bin", content.size(), std::nullopt, 1'500'000'000'000, 0644}));
  for (std::size_t at = 0; at < content.size(); at += limits::chunk_bytes) {
    std::ranges::copy(wire::file_chunk_header(at, limits::chunk_bytes), std::back_inserter(all));
    std::ranges::copy(as_bytes(content).subspan(at, limits::chunk_bytes), std::back_inserter(all));
  }
  std::ranges::copy(wire::json_frame(wire::render_p2p_message(
                        wire::file_done{crypto::blake3_hex(as_bytes(content)), content.size()})),
                    std::back_inserter(all));
  auto pair = make_memory_pair(loop);
  ASSERT_TRUE(receiver->receive(std::move(pair.b), {}, request).has_value());
  auto& here = pair.link->halves[1];
  // A batch of packets of which each is short work: they have one turn together.
  for (std::size_t at = 0; at < all.size(); at += limits::chunk_bytes) {
    const auto packet = bytes_view(all).subspan(at, std::min(limits::chunk_bytes, all.size() - at));
    here.unconsumed += packet.size();
    here.handler->on_data(packet, at + packet.size() == all.size());
  }
  EXPECT_LE(writes, writes_of_a_turn_max);
  int others = 0;
  for (auto before = writes; at_receiver.ends.empty(); before = writes) {
    loop.post([&] { ++others; });
    ASSERT_TRUE(loop.step());
    EXPECT_LE(writes - before, writes_of_a_turn_max);
    if (writes < chunks)
      EXPECT_GE(here.unconsumed, (chunks - writes - 1) * limits::chunk_bytes) << "given back unread";
  }
  EXPECT_EQ(at_receiver.outcome(), "ok");
  EXPECT_EQ(writes, chunks);
  EXPECT_GE(others, 10);
  EXPECT_LE(here.unconsumed, all.size() / 10) << "the window was given back in the end";
}

}  // namespace
}  // namespace mesh::share
