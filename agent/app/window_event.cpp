#include "agent/app/window_event.hpp"

#include "core/base/escape.hpp"

#include <algorithm>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace mesh::app {

std::string text_of(const wire::json_object& o, std::string_view key) {
  const auto* value = o.if_contains(key);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

std::string shown_text_of(const wire::json_object& o, std::string_view key) {
  return escape_controls(text_of(o, key));
}

std::string shown_names(const wire::json_value& list) {
  std::vector<std::string> names;
  for (const auto& name : list.as_array()) {
    auto shown = escape_controls(std::string(name.as_string()));
    if (std::ranges::find(names, shown) == names.end()) names.push_back(std::move(shown));
  }
  return fmt::format("{}", fmt::join(names, ", "));
}

int number_of(const wire::json_object& o, std::string_view key) {
  const auto* value = o.if_contains(key);
  return value != nullptr && value->is_int64() ? static_cast<int>(value->get_int64()) : 0;
}

bool truth_of(const wire::json_object& o, std::string_view key) {
  const auto* value = o.if_contains(key);
  return value != nullptr && value->is_bool() && value->get_bool();
}

terminal::terminal_size size_of(const wire::json_object& o) {
  return {number_of(o, "cols"), number_of(o, "rows")};
}

std::optional<terminal::terminal_size> size_of(const wire::json_object& o, std::string_view key) {
  const auto* value = o.if_contains(key);
  if (value == nullptr || !value->is_object()) return std::nullopt;
  return size_of(value->get_object());
}

}  // namespace mesh::app
