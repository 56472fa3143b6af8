#include "agent/share/scripted_peer.hpp"
#include "agent/share/transfer_fixture.hpp"

#include <fmt/format.h>

namespace mesh::share {
namespace {

using namespace std::chrono_literals;

// Senders that offer folders and make their lists long, or never end them.
struct listing : transfers {
  std::vector<std::unique_ptr<scripted_peer>> peers;
  std::size_t named = 0;

  scripted_peer& connect(const std::string& device = "other-device") {
    auto pair = make_memory_pair(loop);
    peers.push_back(std::make_unique<scripted_peer>(std::move(pair.a)));
    request.peer.device = mesh::device_id(device);
    (void)receiver->receive_folder(std::move(pair.b), {}, request);
    return *peers.back();
  }
  // Offers many pages of empty files.
  scripted_peer& begin(const std::string& id, const std::string& device = "other-device") {
    auto& peer = connect(device);
    peer.say(wire::folder_meta{id, "album", std::string(32, 'a'), 10'000, 1'000'000, 1'000'000, 0, 0, 0755});
    return peer;
  }
  void page(scripted_peer& peer, std::uint32_t number, std::size_t entries, std::size_t path_bytes = 8) {
    wire::folder_manifest said{number, 10'000, {}};
    for (std::size_t i = 0; i < entries; ++i)
      said.entries.push_back({fmt::format("{:0>{}}", ++named, path_bytes), "file", 0, 0, 0644, {}});
    peer.say(said);
    loop.run();
  }
  static std::string told(const scripted_peer& peer) {
    const auto* const reject = peer.last<wire::file_reject>();
    return reject == nullptr ? "nothing" : reject->code;
  }
};

TEST_F(listing, whom_we_take_nothing_from_is_refused_before_the_list) {
  request.mode = receive_mode::never;
  auto& peer = begin("t1");
  loop.run();
  EXPECT_EQ(at_receiver.outcome(), "receive_off");
  EXPECT_EQ(told(peer), "receive_off");
}

TEST_F(listing, more_than_the_token_allows_is_refused_before_the_list) {
  request.limits.max_size = 100;
  auto& peer = connect();
  peer.say(wire::folder_meta{"t1", "album", std::string(32, 'a'), 10, 10, 10, 101, 0, 0755});
  loop.run();
  EXPECT_EQ(at_receiver.outcome(), "size_exceeded");
  EXPECT_EQ(told(peer), "size_exceeded");
}

TEST_F(listing, a_list_that_hardly_grows_is_a_stall) {
  auto& peer = begin("t1");
  for (std::uint32_t i = 0; i < 10 && at_receiver.ends.empty(); ++i) {
    page(peer, i, 1);
    pass(10s);
  }
  EXPECT_EQ(at_receiver.outcome(), "stalled");
  EXPECT_EQ(told(peer), "stalled");
}

TEST_F(listing, a_list_that_grows_but_never_ends_is_cut_off) {
  auto& peer = begin("t1");
  const auto began = loop.now();
  for (std::uint32_t i = 0; i < 1000 && at_receiver.ends.empty(); ++i) {
    page(peer, i, 150, 200);
    if (i % 10 == 9) pass(50s);
    if (loop.now() - began < 29min) {
      ASSERT_TRUE(at_receiver.ends.empty()) << "a slow line and a large folder";
    }
    if (loop.now() - began > 31min) break;
  }
  EXPECT_EQ(at_receiver.outcome(), "stalled");
  EXPECT_EQ(told(peer), "stalled");
}

TEST_F(listing, lists_hold_no_more_memory_than_there_is_for_them) {
  receiver.emplace(make_runtime(), at_receiver, 128UZ * 1024);
  auto& first = begin("t1");
  page(first, 0, 100, 220);  // some 40 KiB, of 64 for a device
  auto& second = begin("t2");
  page(second, 0, 100, 220);
  EXPECT_EQ(told(first), "nothing");
  EXPECT_EQ(told(second), "busy") << "it may come later";
  auto& other = begin("t3", "another-device");
  page(other, 0, 100, 220);
  EXPECT_EQ(told(other), "nothing");
  page(first, 1, 100, 220);
  EXPECT_EQ(told(first), "too_large") << "it never fits";
  auto& third = begin("t4");
  page(third, 0, 100, 220);
  EXPECT_EQ(told(third), "nothing") << "what the first held is free";
}

TEST_F(listing, one_device_leaves_room_for_others_and_for_what_is_sent) {
  for (std::size_t i = 0; i < limits::transfers_running_max; ++i) begin(fmt::format("t{}", i));
  loop.run();
  const auto held = receiver->list().size();
  EXPECT_LT(held, limits::transfers_running_max / 4);
  EXPECT_EQ(told(*peers.at(held - 1)), "nothing");
  EXPECT_EQ(told(*peers.at(held)), "busy");
  ASSERT_TRUE(peers.back()->closed.has_value()) << "nor do refused streams pile up";
  EXPECT_EQ(peers.back()->closed->code, errc::stalled) << "the sender tries again";
  begin("u1", "another-device");
  loop.run();
  EXPECT_EQ(receiver->list().size(), held + 1);
  for (int d = 0; receiver->list().size() < limits::transfers_running_max; ++d)
    for (std::size_t i = 0; i < held; ++i) begin(fmt::format("t{}", i), fmt::format("device-{}", d));
  loop.run();
  pass(limits::transfer_linger_timeout + 1s);
  auto& late = begin("u2", "late-device");
  loop.run();
  EXPECT_EQ(told(late), "busy");
  auto pair = make_memory_pair(loop);
  auto source = file_source::open(make_file("a.bin", "abc"));
  EXPECT_TRUE(
      receiver->send(std::move(pair.a), {test_session, test_peer, std::move(*source), {}}).has_value());
  pass(limits::stream_stall_timeout + limits::transfer_linger_timeout + 1s);
  EXPECT_EQ(receiver->list().size(), 1U) << "only what is sent is left";
}

}  // namespace
}  // namespace mesh::share
