// Every field of every route with a body: missing, of the wrong type, too long; unknown fields, broken JSON.
// The rows are made from the described structs (through their schemas), so a new field or route is covered
// without a new test.
#include "core/base/limits.hpp"
#include "core/wire/rest_bodies.hpp"
#include "server/services/field_limits.hpp"
#include "tests/support/api_world.hpp"

namespace mesh::api {
namespace {

using testing_support::answer;
using testing_support::api_world;
using wire::json_object;
using wire::json_value;

// A value that fits the schema of one field.
json_value plausible(const json_object& schema) {
  const auto& type = schema.at("type").as_string();
  if (type == "integer") return 1;
  if (type == "boolean") return true;
  if (type == "array") return boost::json::array();
  if (type != "object") return "x";
  json_object value;
  for (const auto& [key, inner] : schema.at("properties").as_object())
    value.emplace(key, plausible(inner.as_object()));
  return value;
}

json_value of_another_type(const json_object& schema) {
  if (schema.at("type").as_string() == "string") return 7;
  return "seven";
}

struct field {
  std::string path;               // as errors name it
  std::vector<std::string> keys;  // the way to it
  json_object schema;
  bool required = false;
};

void collect(const json_object& schema, const std::string& path, const std::vector<std::string>& keys,
             std::vector<field>& out) {
  const auto* required = schema.if_contains("required");
  for (const auto& [key, inner] : schema.at("properties").as_object()) {
    field f;
    f.path = path.empty() ? std::string(key) : path + "." + std::string(key);
    f.keys = keys;
    f.keys.emplace_back(key);
    f.schema = inner.as_object();
    if (required != nullptr)
      for (const auto& name : required->as_array()) f.required |= name.as_string() == key;
    if (f.schema.if_contains("properties") != nullptr) collect(f.schema, f.path, f.keys, out);
    out.push_back(std::move(f));
  }
}

json_object& parent_of(json_object& body, const field& f) {
  auto* at = &body;
  for (std::size_t i = 0; i + 1 < f.keys.size(); ++i) at = &at->at(f.keys[i]).as_object();
  return *at;
}

class fields_test : public testing::Test {
 protected:
  fields_test() : token_(api_.sign_up("ana")), room_(api_.make_room(token_)) {}

  // The pattern with real names in place of its parameters.
  std::string path_of(const route& r) const {
    std::string path(r.pattern);
    const std::pair<std::string, std::string> known[] = {
        {"{room_id}", room_}, {"{user_id}", "usr_x"}, {"{device_id}", "laptop"}, {"{invitation}", "code"}};
    for (const auto& [name, value] : known)
      if (const auto at = path.find(name); at != std::string::npos) path.replace(at, name.size(), value);
    return path;
  }
  answer send(const route& r, std::string body) {
    api_.steady += std::chrono::minutes(10);  // rate limits are another test's business
    return api_.send(std::string(r.method), path_of(r), std::move(body), r.who == access::open ? "" : token_);
  }
  void expect(const route& r, const std::string& body, unsigned status, const std::string& code,
              const std::string& field) {
    const auto a = send(r, body);
    const auto shown = std::string(r.method) + " " + std::string(r.pattern) + " " + body.substr(0, 200);
    EXPECT_EQ(a.status, status) << shown << "\n" << a.text;
    EXPECT_EQ(a.error(), code) << shown << "\n" << a.text;
    EXPECT_EQ(a.field(), field) << shown << "\n" << a.text;
    EXPECT_FALSE(a.error_part("message").empty()) << shown;
  }

  api_world api_;
  std::string token_;
  std::string room_;
};

TEST_F(fields_test, every_field_of_every_route_is_checked) {
  int rows = 0;
  for (const auto& r : api_.router.routes()) {
    if (r.body.is_null()) continue;
    const auto& schema = r.body.as_object();
    const auto good = plausible(schema).as_object();
    std::vector<field> fields;
    collect(schema, {}, {}, fields);
    for (const auto& f : fields) {
      auto body = good;
      parent_of(body, f)[f.keys.back()] = of_another_type(f.schema);
      expect(r, wire::to_text(body), 422, "field_type", f.path);
      body = good;
      parent_of(body, f).erase(f.keys.back());
      if (f.required) expect(r, wire::to_text(body), 422, "field_missing", f.path);
      const auto& type = f.schema.at("type").as_string();
      if (type == "string") {
        const auto max = services::text_limit_of(f.keys.back()).max;
        body = good;
        parent_of(body, f)[f.keys.back()] = std::string(max + 1, 'x');
        expect(r, wire::to_text(body), 422, "field_too_long", f.path);
      }
      if (type == "array") {
        body = good;
        parent_of(body, f)[f.keys.back()] =
            boost::json::array(services::items_max_of(f.keys.back()) + 1, json_value("call"));
        expect(r, wire::to_text(body), 422, "field_too_long", f.path);
        parent_of(body, f)[f.keys.back()] = boost::json::array({json_value(7)});
        expect(r, wire::to_text(body), 422, "field_type", f.path + "[0]");
      }
      ++rows;
    }
    auto body = good;
    body["nmae"] = 1;
    expect(r, wire::to_text(body), 422, "field_unknown", "nmae");
  }
  EXPECT_GT(rows, 40);
}

TEST_F(fields_test, what_is_no_json_object_is_refused_everywhere) {
  const std::string deep = std::string(40, '[') + std::string(40, ']');
  for (const auto& r : api_.router.routes()) {
    if (r.body.is_null()) continue;
    expect(r, "{", 400, "invalid_json", "");
    expect(r, "{} {}", 400, "invalid_json", "");
    expect(r, "[]", 422, "field_type", "");
    expect(r, "null", 422, "field_type", "");
    expect(r, "{\"a\":\"\xff\"}", 400, "invalid_utf8", "");
    expect(r, R"({"a":)" + deep + "}", 400, "json_too_deep", "");
    expect(r, "\"" + std::string(limits::http_body_bytes_max, 'x') + "\"", 413, "too_large", "");
  }
}

TEST_F(fields_test, a_body_may_be_left_out_where_nothing_is_required) {
  EXPECT_EQ(api_.send("POST", "/api/auth/challenge").status, 200U);
  EXPECT_EQ(api_.send("POST", "/api/rooms/" + room_ + "/invitations", "", token_).status, 201U);
  EXPECT_EQ(api_.send("POST", "/api/rooms", "", token_).error(), "invalid_json");
}

TEST_F(fields_test, a_limit_counts_characters_where_people_read_it) {
  std::string name;
  for (std::size_t i = 0; i < limits::room_name_chars_max; ++i) name += "\u00e9";
  EXPECT_EQ(api_.send("POST", "/api/rooms", R"({"name":")" + name + "\"}", token_).status, 201U);
  EXPECT_EQ(api_.send("POST", "/api/rooms", R"({"name":")" + name + "e\"}", token_).error(),
            "field_too_long");
}

}  // namespace
}  // namespace mesh::api
