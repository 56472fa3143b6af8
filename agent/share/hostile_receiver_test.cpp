#include "agent/share/scripted_peer.hpp"
#include "agent/share/transfer_fixture.hpp"

namespace mesh::share {
namespace {

using namespace std::chrono_literals;

struct hostile_receiver : transfers {
  std::unique_ptr<scripted_peer> peer;
  std::string content = random_content(3U << 20U);

  scripted_peer& connect(memory_link_options options = {}) {
    auto pair = make_memory_pair(loop, options);
    auto source = file_source::open(make_file("a.bin", content));
    EXPECT_TRUE(
        sender->send(std::move(pair.a), {test_session, test_peer, std::move(*source), {}}).has_value());
    peer = std::make_unique<scripted_peer>(std::move(pair.b));
    return *peer;
  }
};

struct lie {
  std::string name;
  std::function<void(scripted_peer&)> act;
  std::string code;
};

TEST_F(hostile_receiver, every_lie_is_refused_by_name) {
  using p = scripted_peer;
  const auto hash = crypto::blake3_hex(as_bytes(content));
  for (const auto& [name, act, code] : std::vector<lie>{
           {"an offset beyond the end", [](p& s) { s.say(wire::file_accept{(3U << 20U) + 1, {}, {}, {}}); },
            "offset_invalid"},
           {"an offset of 2^64 - 1", [](p& s) { s.say(wire::file_accept{~0ULL, {}, {}, {}}); },
            "bad_message"},
           {"fewer blocks than bytes",
            [](p& s) {
              s.say(
                  wire::file_accept{20U << 17U, std::vector<std::string>(), limits::resume_block_bytes, {}});
            },
            "offset_invalid"},
           {"more blocks than bytes",
            [](p& s) {
              s.say(wire::file_accept{1U << 20U,
                                      std::vector<std::string>(900, std::string(64, 'a')),
                                      limits::resume_block_bytes,
                                      {}});
            },
            "offset_invalid"},
           {"blocks of one byte",
            [](p& s) {
              s.say(wire::file_accept{1, std::vector<std::string>(1, std::string(64, 'a')), 1, {}});
            },
            "bad_message"},
           {"a prefix whose blocks say it has what it has not, in odd sizes",
            [](p& s) {
              s.say(wire::file_accept{
                  1'000'001, std::vector<std::string>(2, std::string(64, 'a')), 524'288, {}});
            },
            "bad_message"},
           {"blocks that are no hashes",
            [](p& s) {
              s.say(wire::file_accept{1U << 20U,
                                      std::vector<std::string>(1, "../../etc/passwd"),
                                      limits::resume_block_bytes,
                                      {}});
            },
            "bad_message"},
           {"an offset in quotes", [](p& s) { s.say_text(R"({"type":"FILE_ACCEPT","offset":"0"})"); },
            "bad_message"},
           {"a message 40 levels deep",
            [](p& s) {
              s.say_text(R"({"type":"FILE_ACCEPT","x":)" + std::string(40, '[') + std::string(40, ']') + "}");
            },
            "bad_message"},
           {"a message of 64 KiB and one byte",
            [](p& s) { s.say_text(R"({"type":"FILE_ACCEPT","x":")" + std::string(65'537, 'x') + "\"}"); },
            "bad_frame"},
           {"FILE_DONE",
            [hash](p& s) {
              s.say(wire::file_accept{});
              s.say(wire::file_done{hash, 3U << 20U});
            },
            "unexpected_message"},
           {"a negative offset", [](p& s) { s.say_text(R"({"type":"FILE_ACCEPT","offset":-1})"); },
            "bad_message"},
           {"two answers",
            [](p& s) {
              s.say(wire::file_accept{});
              s.say(wire::file_accept{});
            },
            "unexpected_message"},
           {"a refusal after the answer",
            [](p& s) {
              s.say(wire::file_accept{});
              s.say(wire::file_reject{"denied", ""});
            },
            "unexpected_message"},
           {"an offer", [](p& s) { s.say(wire::file_meta{"t", "b", 1, {}, 0, 0}); }, "unexpected_message"},
           {"a terminal", [](p& s) { s.say(wire::term_resize{1, 1}); }, "unexpected_message"},
           {"content",
            [](p& s) {
              s.say(wire::file_accept{});
              s.chunk(0, "abc");
            },
            "unexpected_message"},
           {"garbage", [](p& s) { s.say_raw(bytes(9, std::byte{0x7f})); }, "bad_frame"},
           {"a result before the content",
            [hash](p& s) { s.say(wire::file_result{true, hash, {}, {}, "a"}); }, "unexpected_message"},
           {"a result in the middle",
            [hash](p& s) {
              s.say(wire::file_accept{});
              s.say(wire::file_result{true, hash, {}, {}, "a"});
            },
            "unexpected_message"},
           {"progress beyond the file before the answer",
            [size = content.size()](p& s) { s.say(wire::file_progress{size + 1}); }, "offset_invalid"},
           {"progress beyond what was sent",
            [](p& s) {
              s.say(wire::file_accept{});
              s.say(wire::file_progress{1ULL << 40U});
            },
            "offset_invalid"},
           {"an end without an answer", [](p& s) { s.finish(); }, "connection_lost"},
           {"an end in the middle",
            [](p& s) {
              s.say(wire::file_accept{});
              s.finish();
            },
            "connection_lost"},
           {"a refusal with a word of ours", [](p& s) { s.say(wire::file_reject{"disk_full", "no room"}); },
            "disk_full"},
           {"a refusal with a word that is none", [](p& s) { s.say(wire::file_reject{"evil", "x"}); },
            "denied"},
           {"a failure in the middle",
            [](p& s) {
              s.say(wire::file_accept{});
              s.say(wire::file_result{false, {}, "write_failed", "broken", {}});
            },
            "write_failed"},
           {"a failure without a word",
            [](p& s) {
              s.say(wire::file_accept{});
              s.say(wire::file_result{false, {}, {}, {}, {}});
            },
            "bad_message"},
       }) {
    SCOPED_TRACE(name);
    at_sender.ends.clear();
    act(connect({.window_bytes = 100'000}));
    peer->consumes = false;
    loop.run();
    EXPECT_EQ(at_sender.outcome(), code);
    EXPECT_TRUE(sender->empty());
    EXPECT_TRUE(peer->closed.has_value());
  }
}

TEST_F(hostile_receiver, another_hash_in_the_result_is_noticed) {
  auto& s = connect();
  s.say(wire::file_accept{});
  loop.run();
  ASSERT_NE(s.last<wire::file_done>(), nullptr);
  s.say(wire::file_result{true, std::string(64, '0'), {}, {}, "a.bin"});
  loop.run();
  EXPECT_EQ(at_sender.outcome(), "hash_mismatch");
}

TEST_F(hostile_receiver, what_it_says_is_printed_harmlessly) {
  auto& s = connect();
  s.say(wire::file_reject{"denied", "\x1b[2Jgo away\n" + std::string(10'000, 'x')});
  loop.run();
  ASSERT_EQ(at_sender.outcome(), "denied");
  const auto detail = at_sender.ends.back().second.error().detail;
  EXPECT_EQ(detail.find('\x1b'), std::string::npos);
  EXPECT_EQ(detail.find('\n'), std::string::npos);
  EXPECT_LT(detail.size(), 300U);
}

TEST_F(hostile_receiver, the_name_it_confirms_is_printed_harmlessly_and_of_a_bounded_length) {
  const std::string longest(limits::file_name_bytes_max, 'n');
  const struct {
    std::string name;
    std::string code;
    std::string shown;
  } table[] = {
      {"a\x1b[2Jb\n\xE2\x80\xAE"
       "c",
       "ok", "a\\u{1B}[2Jb\\u{A}\\u{202E}c"},
      {longest, "ok", longest},
      {longest + "n", "bad_message", ""},
      {std::string(65'000, 'n'), "bad_message", ""},
  };
  for (const auto& [name, code, shown] : table) {
    SCOPED_TRACE(name.size());
    at_sender.ends.clear();
    auto& s = connect();
    s.say(wire::file_accept{});
    loop.run();
    ASSERT_NE(s.last<wire::file_done>(), nullptr);
    s.say(wire::file_result{true, s.last<wire::file_done>()->hash, {}, {}, name});
    loop.run();
    ASSERT_EQ(at_sender.outcome(), code);
    if (code == "ok") EXPECT_EQ(at_sender.summary().name, shown);
  }
}

TEST_F(hostile_receiver, only_what_is_missing_is_sent_and_the_hash_is_of_everything) {
  for (const std::uint64_t offset : {0ULL, 1ULL, 262'144ULL, 1'000'000ULL, 3ULL << 20U}) {
    at_sender.ends.clear();
    auto& s = connect();
    s.say(wire::file_accept{offset, {}, {}, {}});
    loop.run();
    EXPECT_EQ(s.content_bytes, content.size() - offset);
    const auto* const done = s.last<wire::file_done>();
    ASSERT_NE(done, nullptr);
    EXPECT_EQ(done->hash, crypto::blake3_hex(as_bytes(content)));
    s.say(wire::file_result{true, done->hash, {}, {}, "a.bin"});
    loop.run();
    EXPECT_EQ(at_sender.outcome(), "ok");
  }
}

TEST_F(hostile_receiver, who_lies_about_its_prefix_is_sent_the_blocks_that_differ) {
  content = random_content(40U << 20U);
  auto& s = connect();
  const auto first =
      crypto::blake3_hex(as_bytes(std::string_view(content).substr(0, limits::resume_block_bytes)));
  s.say(wire::file_accept{40U << 20U,
                          std::vector{first, std::string(64, 'a'), std::string(64, 'b')},
                          limits::resume_block_bytes,
                          {}});
  loop.run();
  EXPECT_EQ(s.content_bytes, content.size() - limits::resume_block_bytes);
  ASSERT_NE(s.last<wire::file_done>(), nullptr);
  EXPECT_EQ(s.last<wire::file_done>()->hash, crypto::blake3_hex(as_bytes(content)));
}

TEST_F(hostile_receiver, who_never_answers_is_given_up) {
  connect();
  pass(limits::offer_answer_timeout + 20s);
  EXPECT_EQ(at_sender.outcome(), "running") << "a person may take as long as the receiver allows";
  pass(15s);
  EXPECT_EQ(at_sender.outcome(), "timed_out");
}

TEST_F(hostile_receiver, who_reads_nothing_is_cut_off) {
  auto& s = connect({.window_bytes = 100'000});
  s.consumes = false;
  s.say(wire::file_accept{});
  loop.run();
  pass(limits::stream_stall_timeout + 1s);
  EXPECT_EQ(at_sender.outcome(), "stalled");
  EXPECT_TRUE(sender->empty());
  EXPECT_TRUE(s.closed.has_value());
}

TEST_F(hostile_receiver, who_never_confirms_is_cut_off_unless_it_shows_life) {
  auto& s = connect();
  s.say(wire::file_accept{});
  loop.run();
  ASSERT_NE(s.last<wire::file_done>(), nullptr);
  for (int i = 0; i < 20; ++i) {
    pass(10s);
    s.say(wire::file_progress{content.size()});
    loop.run();
  }
  EXPECT_EQ(at_sender.outcome(), "running") << "a slow disk is being synced";
  pass(limits::stream_stall_timeout + 1s);
  EXPECT_EQ(at_sender.outcome(), "stalled");
}

// Says for ever that it is busy; what offset the n-th time.
template <class Offset>
void keep_saying(hostile_receiver& t, scripted_peer& s, Offset offset) {
  for (int n = 0; n < 70 && t.at_sender.outcome() == "running"; ++n) {
    t.pass(10s);
    if (s.closed) break;
    s.say(wire::file_progress{offset(n)});
    t.loop.run();
  }
}

TEST_F(hostile_receiver, who_confirms_for_ever_and_never_ends_is_cut_off) {
  auto& s = connect();
  s.say(wire::file_accept{});
  loop.run();
  ASSERT_NE(s.last<wire::file_done>(), nullptr);
  keep_saying(*this, s, [&](int) { return content.size(); });
  EXPECT_EQ(at_sender.outcome(), "stalled");
  EXPECT_TRUE(s.closed.has_value());
  EXPECT_TRUE(sender->empty());
}

TEST_F(hostile_receiver, who_confirms_byte_by_byte_is_cut_off_before_and_after_the_answer) {
  for (const bool answers : {false, true}) {
    SCOPED_TRACE(answers);
    auto& s = connect();
    if (answers) s.say(wire::file_accept{});
    loop.run();
    keep_saying(*this, s, [](int n) { return static_cast<std::uint64_t>(n) + 1; });
    EXPECT_EQ(at_sender.outcome(), "stalled");
    EXPECT_TRUE(sender->empty());
    at_sender.ends.clear();
  }
}

TEST_F(hostile_receiver, who_takes_back_what_it_confirmed_gains_nothing_by_it) {
  auto& s = connect();
  s.say(wire::file_accept{});
  loop.run();
  ASSERT_NE(s.last<wire::file_done>(), nullptr);
  const auto before = s.content_bytes;
  keep_saying(*this, s, [&](int n) { return n % 2 == 0 ? content.size() : std::uint64_t{0}; });
  EXPECT_EQ(at_sender.outcome(), "stalled");
  EXPECT_EQ(s.content_bytes, before) << "nothing is sent twice";
}

struct hostile_folder_receiver : hostile_receiver {
  scripted_peer& connect_folder() {
    make_file("a.bin", content);
    auto pair = make_memory_pair(loop, {});
    auto source = scan_tree(temp / "outbox");
    EXPECT_TRUE(source.has_value());
    EXPECT_TRUE(
        sender
            ->send_folder(std::move(pair.a),
                          {test_session, test_peer, std::make_shared<const source_tree>(std::move(*source))})
            .has_value());
    peer = std::make_unique<scripted_peer>(std::move(pair.b));
    loop.run();
    return *peer;
  }
};

TEST_F(hostile_folder_receiver, who_confirms_for_ever_is_cut_off_before_and_after_the_answer) {
  for (const bool answers : {false, true}) {
    SCOPED_TRACE(answers);
    auto& s = connect_folder();
    if (answers) s.say(wire::folder_accept{});
    loop.run();
    keep_saying(*this, s, [](int) { return std::uint64_t{0}; });
    EXPECT_EQ(at_sender.outcome(), "stalled");
    EXPECT_TRUE(sender->empty());
    at_sender.ends.clear();
  }
}

TEST_F(hostile_folder_receiver, who_confirms_what_was_never_sent_is_refused) {
  auto& s = connect_folder();
  s.say(wire::folder_accept{});
  loop.run();
  s.say(wire::file_progress{content.size() + 1});
  loop.run();
  EXPECT_EQ(at_sender.outcome(), "offset_invalid");
}

}  // namespace
}  // namespace mesh::share
