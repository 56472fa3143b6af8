#include "agent/control/frame_splitter.hpp"

#include "agent/control/message.hpp"
#include "core/base/limits.hpp"

#include <random>

#include <gtest/gtest.h>

namespace mesh::control {
namespace {

TEST(frame_splitter, finds_the_same_messages_however_the_bytes_are_cut) {
  const auto seed = std::random_device()();
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  for (int round = 0; round < 200; ++round) {
    std::vector<std::string> bodies;
    std::string stream;
    for (unsigned i = 0, count = random() % 6; i < count; ++i) {
      bodies.push_back("{" + std::string(random() % 300, 'x') + "}");
      stream += *to_frame(bodies.back());
    }
    frame_splitter splitter;
    std::vector<std::string> found;
    for (std::string_view rest = stream; !rest.empty();) {
      const auto piece = rest.substr(0, 1 + random() % 40);
      rest.remove_prefix(piece.size());
      splitter.feed(as_bytes(piece));
      for (auto body = splitter.next(); body && *body; body = splitter.next()) found.push_back(**body);
    }
    EXPECT_EQ(found, bodies);
    EXPECT_FALSE(splitter.partial());
  }
}

TEST(frame_splitter, refuses_a_length_it_would_not_store) {
  for (const std::uint32_t length : {0U, 65'537U, 0x7FFFFFFFU, 0xFFFFFFFFU}) {
    bytes head;
    append_be(head, length);
    frame_splitter splitter;
    splitter.feed(head);
    EXPECT_EQ(splitter.next().error().code, errc::bad_frame) << length;
  }
}

TEST(frame_splitter, refuses_what_is_no_json_object_before_all_of_it_arrived) {
  bytes head;
  append_be(head, std::uint32_t{60'000});
  head.push_back(std::byte{0x01});
  frame_splitter splitter;
  splitter.feed(head);
  EXPECT_EQ(splitter.next().error().code, errc::bad_frame);
}

TEST(frame_splitter, refuses_to_write_what_the_other_side_would_refuse) {
  EXPECT_TRUE(to_frame(std::string(limits::json_message_bytes_max, 'x')));
  EXPECT_EQ(to_frame(std::string(limits::json_message_bytes_max + 1, 'x')).error().code, errc::too_large);
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
