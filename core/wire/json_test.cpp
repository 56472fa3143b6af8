#include "core/wire/json.hpp"

#include <gtest/gtest.h>

namespace mesh::wire {
namespace {

enum class color { red, default_ };
BOOST_DESCRIBE_ENUM(color, red, default_)

struct inner {
  std::uint16_t port = 0;
};
BOOST_DESCRIBE_STRUCT(inner, (), (port))

struct outer {
  std::string name;
  std::optional<std::string> note;
  std::vector<inner> items;
  color tint = color::red;
  std::int64_t delta = 0;
  std::optional<json_object> extra;
};
BOOST_DESCRIBE_STRUCT(outer, (), (name, note, items, tint, delta, extra))

TEST(json, maps_structs_both_ways) {
  const std::string text =
      R"({"name":"a","items":[{"port":5000}],"tint":"default","delta":-3,"extra":{"k":1}})";
  const auto value = parse<outer>(text);
  ASSERT_TRUE(value) << value.error().detail;
  EXPECT_EQ(value->items.at(0).port, 5000);
  EXPECT_EQ(value->tint, color::default_);
  EXPECT_FALSE(value->note);
  EXPECT_EQ(render(*value), text);
}

TEST(json, names_the_field_at_fault) {
  struct row {
    std::string_view text;
    errc code;
    std::string_view field;
  };
  const row table[] = {
      {R"({"items":[],"tint":"red","delta":0})", errc::field_missing, "name"},
      {R"({"name":1,"items":[],"tint":"red","delta":0})", errc::field_type, "name"},
      {R"({"name":"a","items":[{"port":70000}],"tint":"red","delta":0})", errc::field_invalid,
       "items[0].port"},
      {R"({"name":"a","items":[{"port":-1}],"tint":"red","delta":0})", errc::field_invalid, "items[0].port"},
      {R"({"name":"a","items":[{"port":1.5}],"tint":"red","delta":0})", errc::field_type, "items[0].port"},
      {R"({"name":"a","items":[7],"tint":"red","delta":0})", errc::field_type, "items[0]"},
      {R"({"name":"a","items":[],"tint":"blue","delta":0})", errc::field_invalid, "tint"},
      {R"({"name":"a","items":[],"tint":"red","delta":18446744073709551615})", errc::field_invalid, "delta"},
      {R"({"name":"a","items":[],"tint":"red","delta":0,"nmae":1})", errc::field_unknown, "nmae"},
      {R"([])", errc::field_type, ""},
      {R"({"name":)", errc::invalid_json, ""},
      {R"({} {})", errc::invalid_json, ""},
      {R"({"extra":{"list":[1e999]}})", errc::invalid_json, ""},
      {R"(-1e999)", errc::invalid_json, ""},
      {R"([[[[[[[[[]]]]]]]]])", errc::json_too_deep, ""},
      {"\"\xFF\"", errc::invalid_utf8, ""},
  };
  for (const auto& [text, code, field] : table) {
    const auto value = parse<outer>(text, unknown_keys::refuse);
    ASSERT_FALSE(value) << text;
    EXPECT_EQ(value.error().code, code) << text;
    EXPECT_EQ(value.error().field, field) << text;
  }
}

TEST(json, ignores_unknown_keys_between_programs) {
  EXPECT_TRUE(parse<inner>(R"({"port":1,"later":true})", unknown_keys::ignore));
}

TEST(json, prints_for_people) {
  EXPECT_EQ(to_pretty_text(parse_json(R"({"a":[1,{}],"b":{}})").value()),
            "{\n  \"a\": [\n    1,\n    {}\n  ],\n  \"b\": {}\n}");
}

}  // namespace
}  // namespace mesh::wire
