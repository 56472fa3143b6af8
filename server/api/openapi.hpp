// The OpenAPI 3.1 document, made from the table of routes.
#pragma once
#include "server/api/route.hpp"

#include <vector>

namespace mesh::api {

wire::json_object openapi_document(const std::vector<route>& routes, std::string_view version);

}  // namespace mesh::api
