#include "core/wire/frame.hpp"

#include <algorithm>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace mesh::wire {
namespace {

// A frame put together again from the parts that the splitter hands out.
struct whole_frame {
  frame_kind kind = frame_kind::json;
  std::uint64_t position = 0;
  std::string content;

  bool operator==(const whole_frame&) const = default;
};

class collector {
 public:
  // feeds data at once. Errors: those of the splitter.
  result<void> feed(bytes_view data) {
    splitter.feed(data);
    for (;;) {
      const auto part = splitter.next();
      if (!part) return std::unexpected(part.error());
      if (!*part) return {};
      std::visit([&](const auto& p) { take(p); }, **part);
    }
  }

  frame_splitter splitter;
  std::vector<whole_frame> frames;

 private:
  void take(const frame_json& p) { frames.push_back({frame_kind::json, 0, std::string(p.text)}); }
  void take(const bulk_begin& p) {
    EXPECT_FALSE(open_);
    open_ = true;
    announced_ = p.size;
    frames.push_back({p.kind, p.position, {}});
  }
  void take(const bulk_data& p) {
    EXPECT_TRUE(open_);
    EXPECT_FALSE(p.data.empty());
    frames.back().content += as_text(p.data);
  }
  void take(bulk_end) {
    EXPECT_TRUE(open_);
    EXPECT_EQ(frames.back().content.size(), announced_);
    open_ = false;
  }

  bool open_ = false;
  std::size_t announced_ = 0;
};

void append(bytes& out, bytes_view data) {
  out.insert(out.end(), data.begin(), data.end());
}

bytes encode(const whole_frame& f) {
  bytes out;
  switch (f.kind) {
    case frame_kind::json:
      return json_frame(f.content);
    case frame_kind::file_chunk:
      append(out, file_chunk_header(f.position, f.content.size()));
      break;
    case frame_kind::term_out:
      append(out, term_out_header(f.position, f.content.size()));
      break;
    case frame_kind::term_snapshot:
      append(out, term_snapshot_header(f.position, f.content.size()));
      break;
    case frame_kind::term_in:
      append(out, term_in_header(static_cast<std::uint32_t>(f.position), f.content.size()));
      break;
  }
  append(out, as_bytes(f.content));
  return out;
}

TEST(first_agent, test_length_prefixed_encoding) {
  EXPECT_EQ(to_hex(json_frame(R"({"type":"P2P_OK"})")), "000000117b2274797065223a225032505f4f4b227d");
  EXPECT_EQ(to_hex(file_chunk_header(0x0102030405060708, 3)), "0000000c010102030405060708");
  EXPECT_EQ(to_hex(file_chunk_header(0, limits::chunk_bytes)), "00040009010000000000000000");
  EXPECT_EQ(to_hex(term_in_header(7, 1)), "000000060300000007");

  collector c;
  ASSERT_TRUE(c.feed(json_frame(R"({"type":"P2P_OK"})")));
  EXPECT_EQ(c.frames.at(0).content, R"({"type":"P2P_OK"})");
  EXPECT_TRUE(c.splitter.at_boundary());
}

TEST(first_agent, test_file_message_chunk_serialization) {
  const whole_frame chunk{frame_kind::file_chunk, 1ULL << 40, std::string(limits::chunk_bytes, 'x')};
  collector c;
  ASSERT_TRUE(c.feed(encode(chunk)));
  ASSERT_EQ(c.frames.size(), 1U);
  EXPECT_EQ(c.frames[0], chunk);
}

TEST(first_agent, test_terminal_message_output) {
  const whole_frame output{frame_kind::term_out, 4096, "\x1B[31mred\r\n"};
  EXPECT_EQ(to_hex(encode(output)), "00000013020000000000001000" + to_hex(as_bytes(output.content)));
  collector c;
  ASSERT_TRUE(c.feed(encode(output)));
  EXPECT_EQ(c.frames.at(0), output);
}

TEST(first_agent, test_terminal_message_input) {
  const whole_frame input{frame_kind::term_in, 0xFFFFFFFF, "ls\r"};
  EXPECT_EQ(to_hex(encode(input)), "0000000803ffffffff6c730d");
  collector c;
  ASSERT_TRUE(c.feed(encode(input)));
  EXPECT_EQ(c.frames.at(0), input);
}

TEST(frame, content_is_handed_out_as_it_arrives_without_a_copy) {
  const auto data = encode({frame_kind::file_chunk, 5, std::string(1000, 'x')});
  frame_splitter splitter;
  const auto first = bytes_view(data).first(113);
  splitter.feed(first);
  const auto begin = std::get<bulk_begin>(splitter.next().value().value());
  EXPECT_EQ(begin.kind, frame_kind::file_chunk);
  EXPECT_EQ(begin.position, 5U);
  EXPECT_EQ(begin.size, 1000U);
  const auto piece = std::get<bulk_data>(splitter.next().value().value());
  EXPECT_EQ(piece.data.data(), first.data() + 13);
  EXPECT_EQ(piece.data.size(), 100U);
  EXPECT_FALSE(splitter.next().value());
  EXPECT_FALSE(splitter.at_boundary());

  splitter.feed(bytes_view(data).subspan(113));
  EXPECT_EQ(std::get<bulk_data>(splitter.next().value().value()).data.size(), 900U);
  EXPECT_FALSE(splitter.at_boundary());
  EXPECT_TRUE(std::holds_alternative<bulk_end>(splitter.next().value().value()));
  EXPECT_FALSE(splitter.next().value());
  EXPECT_TRUE(splitter.at_boundary());
}

TEST(frame, sizes_may_go_to_their_limit_and_not_beyond) {
  struct row {
    std::string_view what;
    std::string header_hex;
    bool good;
  };
  const row table[] = {
      {"a chunk of 256 KiB", "00040009010000000000000000", true},
      {"a chunk one byte larger", "0004000a010000000000000000", false},
      {"a chunk without content", "00000009010000000000000000", true},
      {"a chunk without offset", "0000000801", false},
      {"input without epoch", "0000000403", false},
      {"input of 256 KiB", "000400050300000000", true},
      {"input one byte larger", "0004000603", false},
      {"an empty frame", "00000000", false},
      {"an empty frame and a kind", "000000007b", false},
      {"the longest JSON", "000100007b", true},
      {"JSON one byte longer", "000100017b", false},
      {"an unknown kind", "0000000a05", false},
      {"kind 0", "0000000a00", false},
      {"an array instead of an object", "0000000a5b", false},
      {"an enormous length, nothing more", "ffffffff", false},
      {"a length above every kind's", "0004000a", false},
      {"the greatest length, nothing more", "00040009", true},
  };
  for (const auto& [what, hex, good] : table) {
    const auto data = from_hex(hex).value();
    collector at_once;
    EXPECT_EQ(at_once.feed(data).has_value(), good) << what;
    collector by_byte;
    result<void> done;
    for (std::size_t i = 0; i < data.size() && done; ++i) done = by_byte.feed(bytes_view(data).subspan(i, 1));
    EXPECT_EQ(done.has_value(), good) << what << ", byte by byte";
    if (!good) EXPECT_EQ(done.error().code, errc::bad_frame) << what;
  }
}

TEST(frame, an_error_stays) {
  collector c;
  EXPECT_FALSE(c.feed(from_hex("0000000a05").value()));
  const auto after = c.feed(json_frame("{}"));
  ASSERT_FALSE(after);
  EXPECT_EQ(after.error().code, errc::bad_frame);
  EXPECT_TRUE(c.frames.empty());
}

TEST(frame, frames_before_an_error_are_still_handed_out) {
  auto data = json_frame("{}");
  append(data, from_hex("00000001ff").value());
  collector c;
  EXPECT_FALSE(c.feed(data));
  EXPECT_EQ(c.frames.size(), 1U);
}

TEST(frame, random_streams_survive_every_way_of_being_cut) {
  const auto seed = std::random_device()();
  std::mt19937 random(seed);
  const auto below = [&](std::size_t bound) { return static_cast<std::size_t>(random()) % bound; };
  constexpr frame_kind kinds[] = {frame_kind::file_chunk, frame_kind::term_out, frame_kind::term_in,
                                  frame_kind::term_snapshot, frame_kind::json};
  for (int round = 0; round < 100; ++round) {
    std::vector<whole_frame> sent;
    bytes stream;
    for (std::size_t i = below(12); i > 0; --i) {
      whole_frame f;
      f.kind = kinds[below(5)];
      f.content.resize(below(4) == 0 ? below(70'000) : below(20));
      for (auto& ch : f.content) ch = static_cast<char>(random());
      if (f.kind == frame_kind::json)
        f.content = "{" + f.content.substr(0, 60'000);
      else
        f.position = f.kind == frame_kind::term_in ? random()
                                                   : (static_cast<std::uint64_t>(random()) << 32 | random());
      append(stream, encode(f));
      sent.push_back(std::move(f));
    }
    collector c;
    const auto cut_max = std::size_t{1} << below(17);
    for (bytes_view rest = stream; !rest.empty();) {
      // A copy of its own size, so that the sanitizer sees a read beyond what was fed.
      const auto piece = to_bytes(rest.first(std::min(rest.size(), 1 + below(cut_max))));
      ASSERT_TRUE(c.feed(piece)) << "seed " << seed;
      rest = rest.subspan(piece.size());
    }
    EXPECT_EQ(c.frames, sent) << "seed " << seed;
    EXPECT_TRUE(c.splitter.at_boundary()) << "seed " << seed;
  }
}

}  // namespace
}  // namespace mesh::wire
