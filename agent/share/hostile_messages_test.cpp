// What a hostile sender may say that is no transfer: each is refused by its name.
#include "agent/share/hostile_sender_in_test.hpp"

#include <gmock/gmock.h>

namespace mesh::share {
namespace {

using testing::IsEmpty;
namespace fs = std::filesystem;

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

}  // namespace
}  // namespace mesh::share
