#include "agent/share/scripted_peer.hpp"
#include "agent/share/transfer_fixture.hpp"

#include <gmock/gmock.h>

namespace mesh::share {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
namespace fs = std::filesystem;

wire::file_meta meta(std::uint64_t size, std::string name = "a.bin") {
  return {"t1", std::move(name), size, std::nullopt, 1'500'000'000'000, 0644};
}

std::string hash_of(std::string_view content) {
  return crypto::blake3_hex(as_bytes(content));
}

struct hostile_sender : transfers {
  std::unique_ptr<scripted_peer> peer;

  scripted_peer& connect(memory_link_options options = {}) {
    auto pair = make_memory_pair(loop, options);
    EXPECT_TRUE(receiver->receive(std::move(pair.b), {}, request).has_value());
    peer = std::make_unique<scripted_peer>(std::move(pair.a));
    return *peer;
  }
  // The code that the sender was told in FILE_REJECT or FILE_RESULT.
  std::string told() const {
    if (const auto* const reject = peer->last<wire::file_reject>()) return reject->code;
    if (const auto* const outcome = peer->last<wire::file_result>())
      return outcome->ok ? "ok" : outcome->code.value_or("");
    return "nothing";
  }
};

struct attack {
  std::string name;
  std::function<void(scripted_peer&)> act;
  std::string code;  // named to both sides
};

void offer_and_wait(scripted_peer& p, const wire::file_meta& m) {
  p.say(m);
}

const std::vector<attack>& attacks() {
  using p = scripted_peer;
  static const std::vector<attack> table{
      // frames
      {"a frame of length 0", [](p& s) { s.say_raw(bytes(4)); }, "bad_frame"},
      {"a frame of 4 GiB", [](p& s) { s.say_raw(bytes(5, std::byte{0xff})); }, "bad_frame"},
      {"an unknown kind", [](p& s) { s.say_raw(*from_hex("000000027f00")); }, "bad_frame"},
      {"a chunk of 256 KiB + 1",
       [](p& s) {
         offer_and_wait(s, meta(1U << 20U));
         s.chunk(0, std::string(262'145, 'x'));
       },
       "bad_frame"},
      {"terminal output", [](p& s) { s.say_raw(*from_hex("0000000a02000000000000000041")); },
       "unexpected_message"},
      {"terminal output where a chunk is due",
       [](p& s) {
         s.say(meta(1));
         s.say_raw(*from_hex("0000000a02000000000000000041"));
       },
       "unexpected_message"},
      {"text that is no JSON", [](p& s) { s.say_text("{nonsense"); }, "bad_message"},
      {"an unknown message", [](p& s) { s.say_text(R"({"type":"FILE_EVIL"})"); }, "bad_message"},
      {"a message of the terminal", [](p& s) { s.say(wire::term_resize{80, 24}); }, "unexpected_message"},
      {"a message of the receiver", [](p& s) { s.say(wire::file_accept{}); }, "unexpected_message"},
      // order
      {"FILE_DONE first", [](p& s) { s.say(wire::file_done{hash_of(""), 0}); }, "unexpected_message"},
      {"a chunk before FILE_META", [](p& s) { s.chunk(0, "x"); }, "unexpected_message"},
      {"a second FILE_META",
       [](p& s) {
         s.say(meta(5));
         s.say(meta(5));
       },
       "unexpected_message"},
      {"bytes after FILE_DONE",
       [](p& s) {
         s.say(meta(1));
         s.chunk(0, "x");
         s.say(wire::file_done{hash_of("x"), 1});
         s.chunk(1, "y");
       },
       "unexpected_message"},
      {"a message after FILE_DONE",
       [](p& s) {
         s.say(meta(1));
         s.chunk(0, "x");
         s.say(wire::file_done{hash_of("x"), 1});
         s.say(wire::file_done{hash_of("x"), 1});
       },
       "unexpected_message"},
      {"garbage after FILE_DONE",
       [](p& s) {
         s.say(meta(1));
         s.chunk(0, "x");
         s.say(wire::file_done{hash_of("x"), 1});
         s.say_raw(bytes(9));
       },
       "bad_frame"},
      // offer
      {"no transfer_id",
       [](p& s) { s.say_text(R"({"type":"FILE_META","name":"a","size":1,"mtime":0,"mode":0})"); },
       "bad_message"},
      {"a negative size",
       [](p& s) {
         s.say_text(R"({"type":"FILE_META","transfer_id":"t","name":"a","size":-1,"mtime":0,"mode":0})");
       },
       "bad_message"},
      {"an empty transfer_id",
       [](p& s) {
         auto m = meta(1);
         m.transfer_id = "";
         s.say(m);
       },
       "bad_message"},
      {"a transfer_id that is a path",
       [](p& s) {
         auto m = meta(1);
         m.transfer_id = "../../x";
         s.say(m);
       },
       "field_invalid"},
      {"a transfer_id of 65 characters",
       [](p& s) {
         auto m = meta(1);
         m.transfer_id = std::string(65, 'a');
         s.say(m);
       },
       "bad_message"},
      {"a hash that is none",
       [](p& s) {
         auto m = meta(1);
         m.hash = "../../etc/passwd";
         s.say(m);
       },
       "bad_message"},
      {"a file of 2^63 bytes", [](p& s) { s.say(meta(1ULL << 63U)); }, "bad_message"},
      {"more than any disk", [](p& s) { s.say(meta(limits::file_bytes_max)); }, "disk_full"},
      {"a name that leaves the directory", [](p& s) { s.say(meta(1, "../../evil")); }, "name_unsafe"},
      {"an absolute name", [](p& s) { s.say(meta(1, "/etc/evil")); }, "name_unsafe"},
      {"no name", [](p& s) { s.say(meta(1, "")); }, "bad_message"},
      // offsets
      {"a first chunk that is not at 0",
       [](p& s) {
         s.say(meta(10));
         s.chunk(5, "hello");
       },
       "offset_invalid"},
      {"a gap",
       [](p& s) {
         s.say(meta(10));
         s.chunk(0, "abc");
         s.chunk(4, "efg");
       },
       "offset_invalid"},
      {"the same chunk twice",
       [](p& s) {
         s.say(meta(10));
         s.chunk(0, "abc");
         s.chunk(0, "abc");
       },
       "offset_invalid"},
      {"an offset of 2^63",
       [](p& s) {
         s.say(meta(10));
         s.chunk(1ULL << 63U, "abc");
       },
       "offset_invalid"},
      {"an offset that overflows",
       [](p& s) {
         s.say(meta(10));
         s.chunk(~0ULL, "abc");
       },
       "offset_invalid"},
      {"an empty chunk",
       [](p& s) {
         s.say(meta(10));
         s.chunk(0, "");
       },
       "size_mismatch"},
      // sizes
      {"more bytes than announced",
       [](p& s) {
         s.say(meta(3));
         s.chunk(0, "abcd");
       },
       "size_mismatch"},
      {"more bytes in a second chunk",
       [](p& s) {
         s.say(meta(3));
         s.chunk(0, "abc");
         s.chunk(3, "d");
       },
       "size_mismatch"},
      {"bytes for an empty file",
       [](p& s) {
         s.say(meta(0));
         s.chunk(0, "a");
       },
       "size_mismatch"},
      {"fewer bytes than announced",
       [](p& s) {
         s.say(meta(10));
         s.chunk(0, "abc");
         s.say(wire::file_done{hash_of("abc"), 10});
       },
       "size_mismatch"},
      {"another size at the end",
       [](p& s) {
         s.say(meta(3));
         s.chunk(0, "abc");
         s.say(wire::file_done{hash_of("abc"), 4});
       },
       "size_mismatch"},
      // hashes
      {"another hash",
       [](p& s) {
         s.say(meta(3));
         s.chunk(0, "abc");
         s.say(wire::file_done{hash_of("abd"), 3});
       },
       "hash_mismatch"},
      {"no hash",
       [](p& s) {
         s.say(meta(3));
         s.chunk(0, "abc");
         s.say(wire::file_done{"", 3});
       },
       "bad_message"},
      {"a hash in capitals",
       [](p& s) {
         s.say(meta(3));
         s.chunk(0, "abc");
         auto hash = hash_of("abc");
         for (auto& c : hash) c = static_cast<char>(std::toupper(c));
         s.say(wire::file_done{hash, 3});
       },
       "bad_message"},
      {"another hash than offered",
       [](p& s) {
         auto m = meta(3);
         m.hash = hash_of("other");
         s.say(m);
         s.chunk(0, "abc");
         s.say(wire::file_done{hash_of("abc"), 3});
       },
       "hash_mismatch"},
      {"a chunk that reaches back over the one before",
       [](p& s) {
         s.say(meta(10));
         s.chunk(0, "abcdef");
         s.chunk(3, "defghij");
       },
       "offset_invalid"},
      {"an end of the file while bytes are missing, and then the bytes",
       [](p& s) {
         s.say(meta(6));
         s.chunk(0, "abc");
         s.say(wire::file_done{hash_of("abcdef"), 6});
         s.chunk(3, "def");
       },
       "size_mismatch"},
      {"FILE_DONE of a file whose bytes never came",
       [](p& s) {
         s.say(meta(6));
         s.say(wire::file_done{hash_of("abcdef"), 6});
       },
       "size_mismatch"},
      {"progress of its own where nothing is compared",
       [](p& s) {
         s.say(meta(6));
         s.say(wire::file_progress{3});
       },
       "unexpected_message"},
      // JSON that means something else to somebody else
      {"a size in quotes",
       [](p& s) {
         s.say_text(R"({"type":"FILE_META","transfer_id":"t","name":"a","size":"1","mtime":0,"mode":0})");
       },
       "bad_message"},
      {"a size that is a fraction",
       [](p& s) {
         s.say_text(R"({"type":"FILE_META","transfer_id":"t","name":"a","size":1.5,"mtime":0,"mode":0})");
       },
       "bad_message"},
      {"a size beyond 64 bits",
       [](p& s) {
         s.say_text(
             R"({"type":"FILE_META","transfer_id":"t","name":"a","size":18446744073709551617,"mtime":0,"mode":0})");
       },
       "bad_message"},
      {"a negative mode",
       [](p& s) {
         s.say_text(R"({"type":"FILE_META","transfer_id":"t","name":"a","size":1,"mtime":0,"mode":-1})");
       },
       "bad_message"},
      {"a name that is a list",
       [](p& s) {
         s.say_text(R"({"type":"FILE_META","transfer_id":"t","name":["a"],"size":1,"mtime":0,"mode":0})");
       },
       "bad_message"},
      {"a name that is no UTF-8",
       [](p& s) {
         s.say_text(
             "{\"type\":\"FILE_META\",\"transfer_id\":\"t\",\"name\":\"a\xff\",\"size\":1,\"mtime\":0,"
             "\"mode\":0}");
       },
       "bad_message"},
      {"a name with half a surrogate pair",
       [](p& s) {
         s.say_text(R"({"type":"FILE_META","transfer_id":"t","name":"a\ud800","size":1,"mtime":0,"mode":0})");
       },
       "bad_message"},
      {"a message 40 levels deep",
       [](p& s) {
         s.say_text(R"({"type":"FILE_META","x":)" + std::string(40, '[') + std::string(40, ']') + "}");
       },
       "bad_message"},
      {"a message of 64 KiB and one byte",
       [](p& s) { s.say_text(R"({"type":"FILE_META","x":")" + std::string(65'537, 'x') + "\"}"); },
       "bad_frame"},
      // ends
      {"nothing but the end", [](p& s) { s.finish(); }, "connection_lost"},
      {"an end instead of FILE_DONE",
       [](p& s) {
         s.say(meta(3));
         s.finish();
       },
       "connection_lost"},
  };
  return table;
}

// What the sender says goes out step by step, so that an answer can come in between, and all at once.
TEST_F(hostile_sender, every_attack_is_refused_by_name_and_leaves_nothing_behind) {
  for (const auto& [name, act, code] : attacks()) {
    SCOPED_TRACE(name);
    at_receiver.ends.clear();
    auto& s = connect({.seed = 3});
    // Chunks before FILE_ACCEPT are an attack of their own: the answer is awaited after the offer.
    act(s);
    loop.run();
    EXPECT_EQ(at_receiver.outcome(), code);
    EXPECT_EQ(told(), code);
    EXPECT_THAT(names(), IsEmpty());
    EXPECT_EQ(std::distance(fs::directory_iterator(temp.path()), fs::directory_iterator()), 1)
        << "something was written outside of the inbox";
    pass(limits::transfer_linger_timeout);
    EXPECT_TRUE(receiver->empty()) << "the stream is let go even when the sender stays";
    EXPECT_TRUE(s.closed.has_value());
  }
}

TEST_F(hostile_sender, every_attack_is_refused_in_tiny_pieces_too) {
  for (const auto& [name, act, code] : attacks()) {
    SCOPED_TRACE(name);
    at_receiver.ends.clear();
    act(connect({.seed = 11, .piece_bytes_max = name.contains("KiB") ? 3000U : 3U}));
    loop.run();
    EXPECT_EQ(at_receiver.outcome(), code);
    EXPECT_THAT(names(), IsEmpty());
  }
}

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
