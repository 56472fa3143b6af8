#include "core/wire/json.hpp"

#include "core/base/escape.hpp"
#include "core/wire/plain_json.hpp"

#include <algorithm>
#include <cmath>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

namespace mesh::wire {
namespace {

// A number beyond double ("1e999") is read as infinity, which JSON cannot write: our answer would not be
// JSON.
bool all_finite(const json_value& value) {
  if (const auto* number = value.if_double()) return std::isfinite(*number);
  if (const auto* object = value.if_object())
    return std::ranges::all_of(*object, [](const auto& entry) { return all_finite(entry.value()); });
  if (const auto* array = value.if_array()) return std::ranges::all_of(*array, all_finite);
  return true;
}

}  // namespace

result<json_value> parse_json(std::string_view text, std::size_t bytes_max, std::size_t depth_max) {
  if (text.size() > bytes_max)
    return fail(errc::too_large, fmt::format("{} bytes of JSON, {} are allowed", text.size(), bytes_max));
  if (!valid_utf8(text)) return fail(errc::invalid_utf8, "the text is not UTF-8");
  boost::json::parse_options options;
  options.max_depth = depth_max;
  boost::system::error_code failure;
  auto value = boost::json::parse(boost::json::string_view(text.data(), text.size()), failure, {}, options);
  if (failure == boost::json::error::too_deep)
    return fail(errc::json_too_deep, fmt::format("JSON may be nested {} levels deep", depth_max));
  if (failure) return fail(errc::invalid_json, "the text is not one JSON document: " + failure.message());
  if (!all_finite(value)) return fail(errc::invalid_json, "a number is out of range");
  return value;
}

std::string to_text(const json_value& value) {
  return boost::json::serialize(value);
}

std::string to_pretty_text(const json_value& value) {
  return plain_text(value, json_layout::indented);
}

}  // namespace mesh::wire
