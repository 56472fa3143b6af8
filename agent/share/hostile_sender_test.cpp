// What a hostile sender may do with messages that are in order: names, sizes, rates, time, numbers.
#include "agent/share/hostile_sender_in_test.hpp"

#include <gmock/gmock.h>

namespace mesh::share {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
namespace fs = std::filesystem;

TEST_F(hostile_sender, content_before_the_answer_is_refused) {
  request.standing = {};
  auto& s = connect();
  s.say(meta(3));
  s.chunk(0, "abc");
  loop.run();
  EXPECT_EQ(at_receiver.outcome(), "unexpected_message");
  EXPECT_EQ(told(), "unexpected_message");
  EXPECT_THAT(names(), IsEmpty());
}

TEST_F(hostile_sender, bytes_after_the_end_during_the_flush_are_refused) {
  worker_busy = true;
  auto& s = connect();
  s.say(meta(1));
  s.chunk(0, "x");
  s.say(wire::file_done{hash_of("x"), 1});
  loop.run();
  s.chunk(1, "y");
  loop.run();
  run_worker();
  loop.run();
  EXPECT_EQ(at_receiver.outcome(), "unexpected_message");
  EXPECT_THAT(names(), IsEmpty());
}

TEST_F(hostile_sender, evil_names_never_leave_the_directory) {
  const std::vector<std::string> evil{"..\\..\\evil",
                                      "C:\\evil",
                                      "CON",
                                      "nul.txt",
                                      "com1",
                                      "trailing. ",
                                      ".bashrc",
                                      "-rf",
                                      "a\nb",
                                      "\x1b]0;evil\a",
                                      "a\xe2\x80\xae"
                                      "b",
                                      std::string(5000, 'x'),
                                      "x.part",
                                      "  leading",
                                      "aux.h",
                                      "~",
                                      "$(reboot)",
                                      "a;b|c&d",
                                      "%2e%2e%2fevil",
                                      "....//evil",
                                      "../evil",
                                      "/evil",
                                      "a/../../evil",
                                      "",
                                      ".",
                                      "..",
                                      std::string("a\0b", 3),
                                      "inbox/../evil",
                                      "./evil",
                                      "//evil"};
  for (const auto& name : evil) {
    SCOPED_TRACE(name);
    auto& s = connect();
    s.say(meta(1, name));
    s.chunk(0, "x");
    s.say(wire::file_done{hash_of("x"), 1});
    s.finish();
    loop.run();
    EXPECT_EQ(std::distance(fs::directory_iterator(temp.path()), fs::directory_iterator()), 1);
  }
  for (const auto& entry : fs::recursive_directory_iterator(inbox)) {
    EXPECT_TRUE(entry.is_regular_file());
    EXPECT_EQ(entry.path().parent_path(), inbox);
    const auto name = entry.path().filename().string();
    EXPECT_EQ(name.find_first_of("\n\x1b\\"), std::string::npos) << name;
    EXPECT_NE(name.front(), '.') << name;
    EXPECT_NE(name.front(), '-') << name;
    EXPECT_LE(name.size(), 255U);
  }
}

TEST_F(hostile_sender, a_link_in_place_of_the_part_is_not_followed) {
  os::write_content(temp / "victim", "precious");
  fs::create_symlink(temp / "victim", inbox / "a.bin.part");
  auto& s = connect();
  s.say(meta(3));
  s.chunk(0, "abc");
  s.say(wire::file_done{hash_of("abc"), 3});
  s.finish();
  loop.run();
  EXPECT_EQ(os::content_of(temp / "victim"), "precious");
  EXPECT_EQ(os::content_of(inbox / "a.bin"), "abc");
}

TEST_F(hostile_sender, the_size_of_the_token_binds_all_files_of_the_session) {
  request.limits.max_size = 10;
  for (const auto& [size, outcome] : std::vector<std::pair<std::uint64_t, std::string>>{{11, "size_exceeded"},
                                                                                        {6, "ok"},
                                                                                        {5, "size_exceeded"},
                                                                                        {4, "ok"},
                                                                                        {1, "size_exceeded"},
                                                                                        {0, "ok"}}) {
    at_receiver.ends.clear();
    const std::string content(size, 'x');
    auto& s = connect();
    s.say(meta(size, "n" + std::to_string(size)));
    if (size > 0) s.chunk(0, content);
    s.say(wire::file_done{hash_of(content), size});
    s.finish();
    loop.run();
    EXPECT_EQ(at_receiver.outcome(), outcome) << size;
  }
  EXPECT_THAT(names(), ElementsAre("n0", "n4", "n6"));
}

TEST_F(hostile_sender, the_rate_of_the_token_is_enforced_by_withholding_credit) {
  request.limits.max_rate = 1'000'000;
  const std::string content(3'000'000, 'x');
  auto& s = connect({.window_bytes = 300'000});
  s.say(meta(content.size()));
  for (std::size_t at = 0; at < content.size(); at += 100'000) s.chunk(at, content.substr(at, 100'000));
  s.say(wire::file_done{hash_of(content), content.size()});
  loop.run();
  const auto begin = loop.now();
  while (at_receiver.ends.empty()) pass(limits::transfer_tick);
  EXPECT_EQ(at_receiver.outcome(), "ok");
  EXPECT_GE(loop.now() - begin, 2s);
  EXPECT_LE(loop.now() - begin, 4s);
}

TEST_F(hostile_sender, who_is_slowed_down_by_the_token_is_not_taken_for_stalled) {
  request.limits.max_rate = 2000;
  const std::string content(500'000, 'x');
  auto& s = connect({.window_bytes = 20'000});
  s.say(meta(content.size()));
  s.chunk(0, content.substr(0, 250'000));
  s.chunk(250'000, content.substr(250'000));
  s.say(wire::file_done{hash_of(content), content.size()});
  s.finish();
  loop.run();
  pass(120s);
  EXPECT_EQ(at_receiver.outcome(), "running");  // 500,000 bytes take 250 s, or less by one chunk
  pass(135s);
  EXPECT_EQ(at_receiver.outcome(), "ok");
}

TEST_F(hostile_sender, who_sends_nothing_is_cut_off) {
  auto& s = connect();
  pass(limits::stream_stall_timeout + 1s);
  EXPECT_EQ(at_receiver.outcome(), "stalled");
  EXPECT_EQ(told(), "stalled");
  pass(limits::transfer_linger_timeout);
  EXPECT_TRUE(s.closed.has_value());
  EXPECT_TRUE(receiver->empty());
}

TEST_F(hostile_sender, who_drips_bytes_is_cut_off) {
  auto& s = connect();
  s.say(meta(1'000'000));
  loop.run();
  for (std::uint64_t at = 0; at_receiver.ends.empty(); ++at) {
    ASSERT_LT(at, 200U);
    s.chunk(at, "x");
    pass(1s);
  }
  EXPECT_EQ(at_receiver.outcome(), "stalled");
  EXPECT_EQ(received().at("a.bin.part").size(), 60U);
}

TEST_F(hostile_sender, who_stays_after_the_result_is_let_go) {
  auto pair = make_memory_pair(loop);
  pair.link->hold_acknowledgements = true;
  ASSERT_TRUE(receiver->receive(std::move(pair.b), {}, request).has_value());
  peer = std::make_unique<scripted_peer>(std::move(pair.a));
  peer->say(meta(0));
  peer->say(wire::file_done{hash_of(""), 0});
  peer->finish();
  loop.run();
  EXPECT_EQ(told(), "ok");
  EXPECT_FALSE(receiver->empty()) << "the result is not acknowledged";
  pass(limits::transfer_linger_timeout);
  EXPECT_TRUE(receiver->empty());
}

TEST_F(hostile_sender, a_sender_may_end_its_side_after_the_last_message_or_leave_it_open) {
  for (const bool ends : {true, false}) {
    at_receiver.ends.clear();
    auto& s = connect();
    auto offer = meta(3);
    offer.transfer_id = ends ? "TRANSFER1" : "TRANSFER2";
    s.say(offer);
    s.chunk(0, "abc");
    s.say(wire::file_done{hash_of("abc"), 3});
    if (ends) s.finish();
    loop.run();
    if (!ends) pass(limits::transfer_end_grace);
    EXPECT_EQ(at_receiver.outcome(), "ok");
    EXPECT_EQ(peer->last<wire::file_result>()->hash, hash_of("abc"));
    EXPECT_TRUE(receiver->empty());
  }
}

TEST_F(hostile_sender, bytes_that_came_with_the_opening_are_part_of_the_stream) {
  auto pair = make_memory_pair(loop);
  const auto first = wire::json_frame(wire::render_p2p_message(meta(3)));
  ASSERT_TRUE(receiver->receive(std::move(pair.b), first, request).has_value());
  peer = std::make_unique<scripted_peer>(std::move(pair.a));
  peer->chunk(0, "abc");
  peer->say(wire::file_done{hash_of("abc"), 3});
  peer->finish();
  loop.run();
  EXPECT_EQ(at_receiver.outcome(), "ok");
}

TEST_F(hostile_sender, a_flood_of_offers_is_bounded_and_leaves_nothing_behind) {
  request.standing = {};  // each of them would wait for a person
  std::vector<std::unique_ptr<scripted_peer>> flood;
  std::size_t refused = 0;
  for (std::size_t i = 0; i < limits::transfers_running_max + 50; ++i) {
    auto pair = make_memory_pair(loop);
    flood.push_back(std::make_unique<scripted_peer>(std::move(pair.a)));
    request.peer.device = mesh::device_id("device-" + std::to_string(i % 8));
    const auto begun = receiver->receive(std::move(pair.b), {}, request);
    if (!begun) EXPECT_EQ(begun.error().code, errc::busy);
    refused += begun ? 0 : 1;
    auto offer = meta(1, "n" + std::to_string(i));
    offer.transfer_id = "t" + std::to_string(i);
    flood.back()->say(offer);
  }
  loop.run();
  EXPECT_EQ(refused, 50U);
  EXPECT_EQ(at_receiver.questions.size(), limits::transfers_running_max);
  pass(limits::offer_answer_timeout + limits::transfer_linger_timeout + 1s);
  EXPECT_TRUE(receiver->empty());
  EXPECT_THAT(names(), IsEmpty());
}

TEST_F(hostile_sender, who_says_for_ever_that_it_waits_is_cut_off) {
  auto& s = connect();
  s.say(meta(1U << 20U));
  loop.run();
  ASSERT_NE(s.last<wire::file_accept>(), nullptr);
  EXPECT_TRUE(s.last<wire::file_accept>()->waits.value_or(false));
  const auto began = loop.now();
  while (at_receiver.ends.empty() && loop.now() - began < 15min) {
    pass(10s);
    if (!s.closed) s.say(wire::file_progress{0});
    loop.run();
    if (loop.now() - began < 9min) {
      ASSERT_TRUE(at_receiver.ends.empty()) << "many share its rate";
    }
  }
  EXPECT_EQ(at_receiver.outcome(), "stalled");
  EXPECT_EQ(told(), "stalled");
}

TEST_F(hostile_sender, offers_of_one_session_cannot_promise_more_than_its_token_by_being_many) {
  request.limits.max_size = 100;
  std::vector<std::unique_ptr<scripted_peer>> all;
  for (int i = 0; i < 10; ++i) {
    auto pair = make_memory_pair(loop);
    all.push_back(std::make_unique<scripted_peer>(std::move(pair.a)));
    ASSERT_TRUE(receiver->receive(std::move(pair.b), {}, request).has_value());
    auto offer = meta(30, "n" + std::to_string(i));
    offer.transfer_id = "t" + std::to_string(i);
    all.back()->say(offer);
  }
  loop.run();
  EXPECT_EQ(at_receiver.started.size(), 3U);
  for (const auto& [info, outcome] : at_receiver.ends) EXPECT_EQ(outcome.error().code, errc::size_exceeded);
  EXPECT_EQ(at_receiver.ends.size(), 7U);
}

TEST_F(hostile_sender, a_time_out_of_range_is_brought_into_it) {
  for (const std::int64_t mtime :
       {std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max()}) {
    auto m = meta(0, mtime < 0 ? "early" : "late");
    m.mtime = mtime;
    auto& s = connect();
    s.say(m);
    s.say(wire::file_done{hash_of(""), 0});
    s.finish();
    loop.run();
  }
  EXPECT_THAT(names(), ElementsAre("early", "late"));
}

}  // namespace
}  // namespace mesh::share
