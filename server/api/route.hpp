// One route of the REST interface: what the table, the router and the OpenAPI document know about it.
#pragma once
#include "core/net/http.hpp"
#include "core/wire/json.hpp"
#include "server/api/backend.hpp"
#include "server/api/limiter.hpp"
#include "server/models/caller.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mesh::api {

// open: anybody. signed_in: a bearer token or a page's cookie. operators: from the machine itself, or an
// admin.
enum class access { open, signed_in, operators };

// One request on its way through a handler. What a transaction needs of it is copied: it may outlive the
// call. caller is set unless the route is open.
struct call {
  backend& with;
  limiter& limits;
  const net::http_request& http;
  models::client client;
  models::caller caller;
  std::vector<std::pair<std::string, std::string>> path;  // parameters: {"room_id", "rom_…"}

  std::string at(std::string_view name) const;
};

using handler = std::function<io::task<result<net::http_response>>(call&)>;

// A query parameter, for the document.
struct query_parameter {
  std::string_view name;
  std::string_view type;  // JSON type
  std::string_view meaning;
};

// pattern: "/api/rooms/{room_id}". body, answer: JSON Schema; a null body takes none. successes: statuses of
// an answer, usual first.
struct route {
  std::string_view method;
  std::string_view pattern;
  access who = access::signed_in;
  std::string_view summary;
  std::vector<unsigned> successes;
  wire::json_value body;
  wire::json_value answer;
  std::vector<query_parameter> query;
  handler handle;
};

}  // namespace mesh::api
