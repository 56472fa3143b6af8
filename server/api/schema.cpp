#include "server/api/schema.hpp"

namespace mesh::api::detail {

// JSON Schema counts characters; a limit in bytes is an upper bound of those.
wire::json_object text_schema(std::string_view field, openness open) {
  wire::json_object schema{{"type", "string"}};
  if (open == openness::strict) schema.emplace("maxLength", services::text_limit_of(field).max);
  return schema;
}

}  // namespace mesh::api::detail
