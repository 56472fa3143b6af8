// How long every text and list of a request may be, by the name of its field: one table for REST bodies,
// events and the OpenAPI document.
#pragma once
#include "core/base/escape.hpp"
#include "core/wire/json.hpp"

#include <string>
#include <string_view>

namespace mesh::services {

// characters: counted in code points, else in bytes.
struct text_limit {
  std::size_t max = 0;
  bool characters = false;
};

// field: the last name of a path ("text", "candidates").
text_limit text_limit_of(std::string_view field);
std::size_t items_max_of(std::string_view field);

result<void> check_text_length(std::string_view text, std::string_view field, const std::string& path);
result<void> check_item_count(std::size_t count, std::string_view field, const std::string& path);

// Every text and list inside a described struct. Errors: field_too_long with the path of the field.
template <class T>
result<void> check_lengths(const T& value, std::string_view field = {}, const std::string& path = {}) {
  if constexpr (std::is_same_v<T, std::string>) {
    return check_text_length(value, field, path);
  } else if constexpr (wire::detail::is_id<T>) {
    return check_text_length(value.str(), field, path);
  } else if constexpr (wire::detail::is_optional<T>) {
    if (value) return check_lengths(*value, field, path);
  } else if constexpr (wire::detail::is_vector<T>) {
    if (auto ok = check_item_count(value.size(), field, path); !ok) return ok;
    for (std::size_t i = 0; i < value.size(); ++i)
      if (auto ok = check_lengths(value[i], field, wire::detail::at_index(path, i)); !ok) return ok;
  } else if constexpr (boost::describe::has_describe_members<T>::value) {
    result<void> outcome;
    using members = boost::describe::describe_members<T, boost::describe::mod_any_access>;
    boost::mp11::mp_for_each<members>([&](auto d) {
      const auto name = wire::detail::wire_name(d.name);
      if (outcome) outcome = check_lengths(value.*d.pointer, name, wire::detail::join(path, name));
    });
    return outcome;
  }
  return {};
}

// A name that people see: not blank, no control or direction characters. Errors: field_too_short,
// field_invalid.
result<void> check_display_name(std::string_view name, std::string_view field);

}  // namespace mesh::services
