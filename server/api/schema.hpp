// JSON Schema (draft 2020-12, as OpenAPI 3.1 uses it) of a described struct.
#pragma once
#include "core/wire/json.hpp"
#include "server/services/field_limits.hpp"

namespace mesh::api {

// strict: an object takes no further members (request bodies); answers may grow.
enum class openness { strict, growing };

namespace detail {

wire::json_object text_schema(std::string_view field, openness open);

template <class T>
wire::json_value schema_of(std::string_view field, openness open) {
  using wire::json_object;
  if constexpr (wire::detail::is_optional<T>) {
    return schema_of<typename T::value_type>(field, open);
  } else if constexpr (std::is_same_v<T, wire::json_value>) {
    return json_object();
  } else if constexpr (std::is_same_v<T, wire::json_object>) {
    return json_object{{"type", "object"}};
  } else if constexpr (std::is_same_v<T, bool>) {
    return json_object{{"type", "boolean"}};
  } else if constexpr (std::is_integral_v<T>) {
    json_object schema{{"type", "integer"}};
    if constexpr (std::is_unsigned_v<T>) schema.emplace("minimum", 0);
    if constexpr (sizeof(T) <= 2) schema.emplace("maximum", std::numeric_limits<T>::max());
    return schema;
  } else if constexpr (std::is_floating_point_v<T>) {
    return json_object{{"type", "number"}};
  } else if constexpr (std::is_same_v<T, std::string> || wire::detail::is_id<T>) {
    return text_schema(field, open);
  } else if constexpr (wire::detail::is_vector<T>) {
    json_object schema{{"type", "array"}, {"items", schema_of<typename T::value_type>(field, open)}};
    if (open == openness::strict) schema.emplace("maxItems", services::items_max_of(field));
    return schema;
  } else {
    json_object properties;
    boost::json::array required;
    using members = boost::describe::describe_members<T, boost::describe::mod_any_access>;
    boost::mp11::mp_for_each<members>([&](auto d) {
      using member = std::remove_cvref_t<decltype(std::declval<T>().*d.pointer)>;
      const auto name = wire::detail::wire_name(d.name);
      properties.emplace(name, schema_of<member>(name, open));
      if (!wire::detail::is_optional<member>) required.emplace_back(name);
    });
    json_object schema{{"type", "object"}, {"properties", std::move(properties)}};
    if (!required.empty()) schema.emplace("required", std::move(required));
    if (open == openness::strict) schema.emplace("additionalProperties", false);
    return schema;
  }
}

}  // namespace detail

template <class T>
wire::json_value schema_of(openness open) {
  return detail::schema_of<T>({}, open);
}

}  // namespace mesh::api
