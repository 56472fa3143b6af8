#include "server/api/openapi.hpp"

#include "core/wire/account_bodies.hpp"
#include "server/api/authenticate.hpp"
#include "server/api/schema.hpp"

#include <string>

namespace mesh::api {
namespace {

using boost::json::array;
using wire::json_object;
using wire::json_value;

json_object json_content(const json_value& schema) {
  return {{"application/json", json_object{{"schema", schema}}}};
}

// "{room_id}" of a pattern, then the query.
array parameters_of(const route& r) {
  array list;
  for (auto rest = r.pattern; rest.contains('{');) {
    const auto open = rest.find('{');
    const auto close = rest.find('}', open);
    list.push_back(json_object{{"name", rest.substr(open + 1, close - open - 1)},
                               {"in", "path"},
                               {"required", true},
                               {"schema", json_object{{"type", "string"}}}});
    rest = rest.substr(close);
  }
  for (const auto& q : r.query)
    list.push_back(json_object{{"name", q.name},
                               {"in", "query"},
                               {"description", q.meaning},
                               {"schema", json_object{{"type", q.type}}}});
  return list;
}

json_object responses_of(const route& r) {
  json_object responses;
  for (const auto status : r.successes) {
    json_object response{{"description", status == 204 ? "Done" : "Success"}};
    if (!r.answer.is_null()) response.emplace("content", json_content(r.answer));
    responses.emplace(std::to_string(status), std::move(response));
  }
  responses.emplace("default", json_object{{"$ref", "#/components/responses/error"}});
  return responses;
}

json_object operation_of(const route& r) {
  json_object operation{{"summary", r.summary}};
  if (auto list = parameters_of(r); !list.empty()) operation.emplace("parameters", std::move(list));
  if (!r.body.is_null()) {
    const auto* required = r.body.as_object().if_contains("required");
    operation.emplace("requestBody",
                      json_object{{"required", required != nullptr}, {"content", json_content(r.body)}});
  }
  operation.emplace("responses", responses_of(r));
  array security;
  if (r.who != access::open) security = {json_object{{"bearer", array()}}, json_object{{"cookie", array()}}};
  operation.emplace("security", std::move(security));
  return operation;
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

}  // namespace

json_object openapi_document(const std::vector<route>& routes, std::string_view version) {
  json_object paths;
  for (const auto& r : routes) {
    auto& path = paths[r.pattern];
    if (!path.is_object()) path = json_object();
    path.get_object().emplace(lower(r.method), operation_of(r));
  }
  return {{"openapi", "3.1.0"},
          {"info", json_object{{"title", "Mesh"}, {"version", version}}},
          {"paths", std::move(paths)},
          {"components",
           json_object{
               {"securitySchemes",
                json_object{
                    {"bearer", json_object{{"type", "http"}, {"scheme", "bearer"}, {"bearerFormat", "JWT"}}},
                    {"cookie", json_object{{"type", "apiKey"}, {"in", "cookie"}, {"name", cookie_name}}}}},
               {"responses",
                json_object{{"error", json_object{{"description",
                                                   "What went wrong, as a word for programs and a sentence"},
                                                  {"content", json_content(schema_of<wire::error_answer>(
                                                                  openness::growing))}}}}}}}};
}

}  // namespace mesh::api
