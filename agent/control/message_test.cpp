#include "agent/control/message_reader.hpp"
#include "core/base/limits.hpp"

#include <random>

#include <gtest/gtest.h>

namespace mesh::control {
namespace {

// Every body in what was written, read back as one stream.
std::vector<answer> read_back(const std::vector<bytes>& frames) {
  message_reader reader;
  part_joiner parts;
  std::vector<answer> out;
  for (const auto& frame : frames) {
    reader.feed(frame);
    for (auto body = reader.next(); body && *body; body = reader.next()) {
      auto whole = parts.take(*parse_answer(**body));
      EXPECT_TRUE(whole);
      if (whole && *whole) out.push_back(std::move(**whole));
    }
  }
  EXPECT_TRUE(reader.at_boundary());
  return out;
}

TEST(message_reader, takes_json_objects_only) {
  bytes bulk;
  append_be(bulk, std::uint32_t{60'000});
  bulk.resize(13, std::byte{0x01});
  message_reader reader;
  reader.feed(bulk);
  EXPECT_EQ(reader.next().error().code, errc::bad_frame);
}

TEST(message_reader, refuses_to_write_what_the_other_side_would_refuse) {
  EXPECT_TRUE(to_frame(std::string(limits::json_message_bytes_max, 'x')));
  EXPECT_EQ(to_frame(std::string(limits::json_message_bytes_max + 1, 'x')).error().code, errc::too_large);
}

TEST(part_joiner, gives_back_an_answer_of_any_length_as_it_was) {
  const auto seed = std::random_device()();
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  constexpr std::string_view letters[] = {"a", "\"", "\\", "\n", "\x01", "é", "€", "😀"};
  for (const std::size_t count : {1UZ, 10'000UZ, 40'000UZ, 200'000UZ}) {
    std::string text;
    for (std::size_t i = 0; i < count; ++i) text += letters[random() % std::size(letters)];
    const answer whole{7, "done", {{"value", text}}};
    const auto frames = to_frames(whole);
    for (const auto& frame : frames) EXPECT_LE(frame.size(), 4 + limits::json_message_bytes_max);
    const auto read = read_back(frames);
    ASSERT_EQ(read.size(), 1U);
    EXPECT_EQ(read.front().type, "done");
    EXPECT_EQ(read.front().payload, whole.payload);
  }
}

TEST(part_joiner, keeps_the_parts_of_two_answers_apart) {
  const answer first{1, "done", {{"value", std::string(100'000, 'a')}}};
  const answer second{2, "done", {{"value", std::string(100'000, 'b')}}};
  std::vector<bytes> mixed;
  const auto a = to_frames(first);
  const auto b = to_frames(second);
  for (std::size_t i = 0; i < std::max(a.size(), b.size()); ++i) {
    if (i < a.size()) mixed.push_back(a[i]);
    if (i < b.size()) mixed.push_back(b[i]);
  }
  const auto read = read_back(mixed);
  ASSERT_EQ(read.size(), 2U);
  EXPECT_EQ(read[0].payload, first.payload);
  EXPECT_EQ(read[1].payload, second.payload);
}

TEST(part_joiner, stops_at_its_bound_and_refuses_nonsense) {
  part_joiner parts;
  const answer more{1, "part", {{"text", std::string(1'000'000, 'x')}, {"last", false}}};
  result<std::optional<answer>> taken;
  for (int i = 0; i < 5 && taken; ++i) taken = parts.take(more);
  EXPECT_EQ(taken.error().code, errc::too_large);
  EXPECT_EQ(part_joiner().take({1, "part", {{"text", 5}}}).error().code, errc::bad_message);
  EXPECT_EQ(part_joiner().take({1, "part", {{"text", "no JSON"}, {"last", true}}}).error().code,
            errc::invalid_json);
}

TEST(message, survives_the_way_there_and_back) {
  const request asked{7, "send", {{"to", "bob"}}};
  const auto read = parse_request(render(asked));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->id, 7);
  EXPECT_EQ(read->type, "send");
  EXPECT_EQ(read->payload, asked.payload);
  const error full{errc::disk_full, "/data", "path"};
  EXPECT_EQ(error_of(*parse_answer(render(error_answer(7, full)))), full);
}

TEST(message, refuses_missing_wrong_and_unknown_keys) {
  const std::pair<const char*, errc> table[] = {
      {R"({"type":"status"})", errc::field_missing},
      {R"({"id":1})", errc::field_missing},
      {R"({"id":"1","type":"status"})", errc::field_type},
      {R"({"id":1,"type":5})", errc::field_type},
      {R"({"id":1,"type":"status","payload":[]})", errc::field_type},
      {R"({"id":1,"type":"status","extra":1})", errc::field_unknown},
      {R"({"id":1,"type":"status")", errc::invalid_json},
      {"{\"id\":1,\"type\":\"\xFF\"}", errc::invalid_utf8},
      {R"({"id":1,"type":"x","payload":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{}}}}}}}}}})",
       errc::json_too_deep},
  };
  for (const auto& [text, code] : table) {
    const auto parsed = parse_request(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().code, code) << text;
  }
}

}  // namespace
}  // namespace mesh::control
