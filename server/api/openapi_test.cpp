#include "server/api/openapi.hpp"

#include "server/api/make_route.hpp"
#include "tests/support/api_world.hpp"

namespace mesh::api {
namespace {

using testing_support::api_world;
using wire::json_object;
using wire::json_value;

// The part of JSON Schema that the document uses. Empty when value fits.
std::string misfit(const json_object& schema, const json_value& value, const std::string& at) {
  const auto* type = schema.if_contains("type");
  if (type == nullptr) return "";
  const std::string_view wanted = type->as_string();
  const bool fits = (wanted == "object" && value.is_object()) || (wanted == "array" && value.is_array()) ||
                    (wanted == "string" && value.is_string()) || (wanted == "boolean" && value.is_bool()) ||
                    (wanted == "integer" && (value.is_int64() || value.is_uint64()));
  if (!fits) return at + " is no " + std::string(wanted);
  if (const auto* items = schema.if_contains("items"))
    for (const auto& item : value.as_array())
      if (auto wrong = misfit(items->as_object(), item, at + "[]"); !wrong.empty()) return wrong;
  const auto* properties = schema.if_contains("properties");
  if (properties == nullptr) return "";
  const auto& object = value.as_object();
  if (const auto* required = schema.if_contains("required"))
    for (const auto& name : required->as_array())
      if (!object.contains(name.as_string())) return at + "." + std::string(name.as_string()) + " is missing";
  for (const auto& [key, inner] : object) {
    const auto* known = properties->as_object().if_contains(key);
    if (known == nullptr) return at + "." + std::string(key) + " is not described";
    if (auto wrong = misfit(known->as_object(), inner, at + "." + std::string(key)); !wrong.empty())
      return wrong;
  }
  return "";
}

std::string upper(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::toupper(c));
  return out;
}

TEST(openapi, the_document_served_names_exactly_the_routes_that_exist) {
  api_world api;
  const auto served = api.send("GET", "/api/openapi.json");
  ASSERT_EQ(served.status, 200U);
  EXPECT_EQ(served.at("openapi"), "3.1.0");
  std::set<std::string> documented;
  for (const auto& [path, operations] : served.body.at("paths").as_object())
    for (const auto& [method, operation] : operations.as_object())
      documented.insert(upper(method) + " " + std::string(path));
  std::set<std::string> real;
  for (const auto& r : api.router.routes()) real.insert(std::string(r.method) + " " + std::string(r.pattern));
  EXPECT_EQ(documented, real);
  EXPECT_EQ(real.size(), api.router.routes().size()) << "a route stands twice";
}

TEST(openapi, every_documented_operation_reaches_a_handler_and_no_other_method_does) {
  api_world api;
  for (const auto& [path, operations] : api.router.document().at("paths").as_object()) {
    std::string concrete(path);
    for (auto open = concrete.find('{'); open != std::string::npos; open = concrete.find('{'))
      concrete.replace(open, concrete.find('}') - open + 1, "x");
    if (path == "/api/devices/enroll-code") continue;  // also the address of a device of that name
    for (const std::string method : {"GET", "POST", "PUT", "PATCH", "DELETE", "TRACE"}) {
      auto lower = method;
      for (char& c : lower) c = static_cast<char>(std::tolower(c));
      const auto a = api.send(method, concrete, "{}");
      EXPECT_EQ(a.status == 405, !operations.as_object().contains(lower))
          << method << ' ' << path << ' ' << a.text;
      if (a.status == 405) EXPECT_TRUE(a.headers.find("Allow")) << path;
      EXPECT_NE(a.error_part("message"), "there is nothing at this address") << path;
    }
  }
}

TEST(openapi, who_may_call_is_told_as_it_is) {
  api_world api;
  for (const auto& r : api.router.routes()) {
    if (r.who == access::open) continue;
    std::string concrete(r.pattern);
    for (auto open = concrete.find('{'); open != std::string::npos; open = concrete.find('{'))
      concrete.replace(open, concrete.find('}') - open + 1, "x");
    const auto a = api.send(std::string(r.method), concrete, "{}");
    EXPECT_EQ(a.status, 401U) << r.pattern;
    EXPECT_EQ(a.error(), "unauthorized");
    std::string lower(r.method);
    for (char& c : lower) c = static_cast<char>(std::tolower(c));
    EXPECT_EQ(api.router.document().at("paths").at(r.pattern).at(lower).at("security").as_array().size(), 2U);
  }
}

TEST(openapi, a_session_describes_both_endpoints) {
  api_world api;
  const auto& answer = api.router.document().at("paths").at("/api/p2p/sessions").at("post").at("responses");
  const auto& schema = answer.at("200").at("content").at("application/json").at("schema");
  const auto& endpoints = schema.at("properties").at("endpoints");
  EXPECT_EQ(endpoints.at("required"), json_value({"initiator", "target"}));
  const auto& target = endpoints.at("properties").at("target");
  EXPECT_EQ(target.at("type"), json_value({"object", "null"}));
  const auto& webtransport = target.at("properties").at("webtransport");
  EXPECT_EQ(webtransport.at("properties").at("urls").at("type"), "array");
  EXPECT_EQ(webtransport.at("required"), json_value({"urls", "cert_sha256", "signature", "public_key"}));
}

TEST(openapi, real_answers_fit_the_document) {
  api_world api;
  const auto ana = api.sign_up("ana");
  const auto room = api.make_room(ana);
  ASSERT_EQ(
      api.send("POST", "/api/rooms/" + room + "/messages", R"({"text":"hi","client_id":"1"})", ana).status,
      201U);
  const auto code = api.send("POST", "/api/rooms/" + room + "/invitations", "{}", ana);
  const auto invitation = std::string(code.body.at("invitation").at("code").as_string());
  struct row {
    std::string method, target, pattern, body;
  };
  const row table[] = {
      {"GET", "/api/server", "/api/server", ""},
      {"GET", "/health", "/health", ""},
      {"GET", "/ready", "/ready", ""},
      {"GET", "/api/account", "/api/account", ""},
      {"GET", "/api/auth/sessions", "/api/auth/sessions", ""},
      {"POST", "/api/auth/login", "/api/auth/login", R"({"username":"ana","password":"test123"})"},
      {"POST", "/api/auth/challenge", "/api/auth/challenge", ""},
      {"GET", "/api/devices?scope=peers", "/api/devices", ""},
      {"POST", "/api/devices/enroll-code", "/api/devices/enroll-code", ""},
      {"GET", "/api/rooms", "/api/rooms", ""},
      {"GET", "/api/rooms/" + room, "/api/rooms/{room_id}", ""},
      {"GET", "/api/rooms/" + room + "/grid", "/api/rooms/{room_id}/grid", ""},
      {"GET", "/api/rooms/" + room + "/messages", "/api/rooms/{room_id}/messages", ""},
      {"GET", "/api/rooms/" + room + "/invitations", "/api/rooms/{room_id}/invitations", ""},
      {"GET", "/api/invitations/" + invitation, "/api/invitations/{invitation}", ""},
      {"GET", "/api/p2p/sessions", "/api/p2p/sessions", ""},
  };
  for (const auto& [method, target, pattern, body] : table) {
    const auto a = api.send(method, target, body, ana);
    std::string lower = method;
    for (char& c : lower) c = static_cast<char>(std::tolower(c));
    const auto& responses =
        api.router.document().at("paths").at(pattern).at(lower).at("responses").as_object();
    const auto* described = responses.if_contains(std::to_string(a.status));
    ASSERT_NE(described, nullptr) << target << ' ' << a.text;
    const auto& schema = described->at("content").at("application/json").at("schema").as_object();
    EXPECT_EQ(misfit(schema, a.body, "answer"), "") << target << ' ' << a.text;
  }
}

}  // namespace
}  // namespace mesh::api
