#include "agent/p2p/control_stream.hpp"

#include "agent/p2p/close_code.hpp"
#include "core/base/limits.hpp"

#include <optional>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace mesh::p2p {
namespace {

// The far end of a stream, in memory.
struct far_end {
  stream_handler* handler = nullptr;
  bytes written;
  bool finished = false;
  std::size_t consumed = 0;
  std::optional<std::uint64_t> reset;
};

struct memory_stream final : byte_stream {
  explicit memory_stream(far_end& f) : far(f) {}
  ~memory_stream() override { far.handler = nullptr; }
  void set_handler(stream_handler* handler) override { far.handler = handler; }
  std::size_t writable() const override { return limits::chunk_bytes; }
  void write(shared_bytes data) override {
    far.written.insert(far.written.end(), data.data.begin(), data.data.end());
  }
  void finish() override { far.finished = true; }
  void consume(std::size_t count) override { far.consumed += count; }
  void reset(std::uint64_t code) override { far.reset = code; }
  far_end& far;
};

struct fixture {
  far_end far;
  std::vector<std::string> types;
  std::vector<errc> ends;
  control_stream stream{
      std::make_unique<memory_stream>(far),
      {.on_message = [this](control_stream&,
                            const wire::p2p_message& m) { types.emplace_back(wire::type_of(m)); },
       .on_end = [this](control_stream&, const error& e) { ends.push_back(e.code); }}};
};

bytes ok_frame() {
  return wire::json_frame(R"({"type":"P2P_OK","session_id":"ses_3K8P5WN0QJ4YV2X6T9R1M7C0DA","version":1})");
}

TEST(control_stream, messages_do_not_depend_on_how_the_stream_is_cut) {
  bytes all;
  for (int i = 0; i < 5; ++i) {
    const auto one = ok_frame();
    all.insert(all.end(), one.begin(), one.end());
  }
  for (std::uint32_t seed = 1; seed <= 50; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    fixture f;
    for (bytes_view rest = all; !rest.empty();) {
      const auto piece = rest.first(std::min<std::size_t>(rest.size(), 1 + random() % 120));
      rest = rest.subspan(piece.size());
      f.far.handler->on_data(piece, rest.empty());
    }
    EXPECT_EQ(f.types, std::vector<std::string>(5, "P2P_OK"));
    EXPECT_EQ(f.far.consumed, all.size());
    EXPECT_EQ(f.ends, std::vector{errc::canceled});
  }
}

TEST(control_stream, what_is_no_message_ends_it_with_bad_frame) {
  const std::pair<bytes, errc> table[] = {
      {bytes(4), errc::bad_frame},
      {bytes(4, std::byte{0xff}), errc::bad_frame},
      {wire::json_frame("{}"), errc::bad_message},
      {wire::json_frame("[]"), errc::bad_message},
      {wire::json_frame(R"({"type":"NOBODY"})"), errc::bad_message},
  };
  for (const auto& [data, code] : table) {
    fixture f;
    f.far.handler->on_data(data, false);
    EXPECT_EQ(f.ends, std::vector{code});
    EXPECT_EQ(f.far.reset, close_code::bad_frame);
    EXPECT_TRUE(f.types.empty());
  }
}

TEST(control_stream, the_end_is_told_once) {
  fixture f;
  f.far.handler->on_data(bytes(4), true);
  f.far.handler->on_closed({errc::connection_lost, "", {}});
  EXPECT_EQ(f.ends.size(), 1U);
}

TEST(control_stream, is_released_with_what_came_behind_the_message) {
  far_end far;
  std::unique_ptr<byte_stream> released;
  std::string rest_text;
  control_stream stream(std::make_unique<memory_stream>(far),
                        {.on_message =
                             [&](control_stream& s, const wire::p2p_message&) {
                               bytes_view rest;
                               released = s.release(rest);
                               rest_text = as_text(rest);
                             },
                         .on_end = [](control_stream&, const error&) { FAIL(); }});
  auto data = ok_frame();
  const auto message_size = data.size();
  for (const char c : std::string_view("behind")) data.push_back(static_cast<std::byte>(c));
  far.handler->on_data(data, true);
  EXPECT_EQ(rest_text, "behind");
  EXPECT_EQ(far.consumed, message_size) << "the rest is for the new owner to give back";
  EXPECT_NE(released, nullptr);
  EXPECT_EQ(far.handler, nullptr);
}

TEST(control_stream, may_be_destroyed_by_its_own_message) {
  far_end far;
  std::unique_ptr<control_stream> stream;
  int told = 0;
  stream = std::make_unique<control_stream>(
      std::make_unique<memory_stream>(far),
      control_stream::calls{.on_message =
                                [&](control_stream&, const wire::p2p_message&) {
                                  ++told;
                                  stream.reset();
                                },
                            .on_end = [](control_stream&, const error&) { FAIL(); }});
  auto two = ok_frame();
  const auto again = ok_frame();
  two.insert(two.end(), again.begin(), again.end());
  far.handler->on_data(two, true);
  EXPECT_EQ(told, 1);
}

TEST(control_stream, sends_frames_and_the_last_one_ends_the_stream) {
  fixture f;
  f.stream.send(wire::p2p_ok{mesh::session_id("ses_3K8P5WN0QJ4YV2X6T9R1M7C0DA"), 1});
  EXPECT_EQ(f.far.written, ok_frame());
  EXPECT_FALSE(f.far.finished);
  f.stream.send_and_finish(wire::p2p_ok{mesh::session_id("ses_3K8P5WN0QJ4YV2X6T9R1M7C0DA"), 1});
  EXPECT_TRUE(f.far.finished);
}

}  // namespace
}  // namespace mesh::p2p
