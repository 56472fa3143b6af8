#include "core/wire/event.hpp"

#include "core/wire/event_types.hpp"
#include "core/wire/payloads.hpp"

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include <gtest/gtest.h>

namespace mesh::wire {
namespace {

std::string read_file(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

TEST(event, golden_vectors_survive_parsing_and_rendering) {
  std::set<std::string> seen;
  for (const auto& file : std::filesystem::directory_iterator(MESH_SOURCE_DIR "/tests/vectors/events")) {
    SCOPED_TRACE(file.path().filename().string());
    const auto vector = parse_json(read_file(file.path()));
    ASSERT_TRUE(vector) << vector.error().detail;
    const json_value expected = vector->at("event");
    const auto e = parse_event(to_text(expected));
    ASSERT_TRUE(e) << e.error().detail;
    EXPECT_EQ(to_json(*e), expected);
    const auto* type = find_event_type(e->type);
    ASSERT_NE(type, nullptr) << e->type;
    const auto payload = type->normalise(*e);
    ASSERT_TRUE(payload) << payload.error().field << ": " << payload.error().detail;
    EXPECT_EQ(json_value(*payload), json_value(e->payload));
    seen.insert(e->type);
  }
  for (const auto& type : event_types()) EXPECT_TRUE(seen.contains(std::string(type.name))) << type.name;
}

TEST(event, accepts_a_bare_hello) {
  const auto e = parse_event(R"({"type":"system.hello","device_id":"test-device"})");
  ASSERT_TRUE(e);
  const auto hello = payload_of<system_hello>(*e);
  ASSERT_TRUE(hello);
  EXPECT_EQ(hello->device_id, device_id("test-device"));
  EXPECT_TRUE(e->id.empty());
}

TEST(event, names_the_field_of_a_bad_envelope) {
  struct row {
    std::string text;
    errc code;
    std::string_view field;
  };
  const row table[] = {
      {"[]", errc::field_type, ""},
      {"{}", errc::field_missing, "type"},
      {R"({"type":7})", errc::field_type, "type"},
      {R"({"type":""})", errc::field_type, "type"},
      {R"({"type":")" + std::string(65, 'x') + R"("})", errc::field_too_long, "type"},
      {R"({"type":"a","id":5})", errc::field_type, "id"},
      {R"({"type":"a","id":")" + std::string(129, 'x') + R"("})", errc::field_too_long, "id"},
      {R"({"type":"a","payload":[]})", errc::field_type, "payload"},
      {R"({"type":"a","seq":-1})", errc::field_invalid, "seq"},
      {R"({"type":"a")", errc::invalid_json, ""},
      {"{\"type\":\"\xFF\"}", errc::invalid_utf8, ""},
      {R"({"type":"a","payload":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":1}}}}}}}}})", errc::json_too_deep,
       ""},
      {R"({"type":"a","k":{"a":{"a":{"a":{"a":{"a":{"a":{"a":1}}}}}}}})", errc::json_too_deep, "k"},
      {R"({"type":")" + std::string(70'000, 'x') + R"("})", errc::too_large, ""},
  };
  for (const auto& [text, code, field] : table) {
    const auto e = parse_event(text);
    ASSERT_FALSE(e) << text.substr(0, 80);
    EXPECT_EQ(e.error().code, code) << text.substr(0, 80);
    EXPECT_EQ(e.error().field, field) << text.substr(0, 80);
  }
}

TEST(event, keys_beside_the_type_may_be_as_deep_as_they_would_be_in_the_payload) {
  const auto e = parse_event(R"({"type":"a","k":{"a":{"a":{"a":{"a":{"a":{"a":1}}}}}}})");
  ASSERT_TRUE(e);
  EXPECT_TRUE(parse_event(render_event(*e)));
}

TEST(event, every_type_refuses_a_payload_without_its_required_fields) {
  for (const auto& type : event_types()) {
    if (type.name == "system.hello" || type.name == "room.joined") continue;  // every field is optional there
    event e;
    e.type = type.name;
    EXPECT_FALSE(type.normalise(e)) << type.name;
  }
}

}  // namespace
}  // namespace mesh::wire
