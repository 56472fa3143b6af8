#include "core/wire/json.hpp"

#include "core/base/escape.hpp"

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

namespace {

void write_pretty(std::string& out, const json_value& value, std::size_t indent) {
  const auto pad = [&](std::size_t n) { out.append(n, ' '); };
  const auto list = [&](const auto& items, char open, char close, const auto& item) {
    out += open;
    bool first = true;
    for (const auto& entry : items) {
      out += first ? "\n" : ",\n";
      first = false;
      pad(indent + 2);
      item(entry);
    }
    if (!first) {
      out += '\n';
      pad(indent);
    }
    out += close;
  };
  if (value.is_object())
    list(value.get_object(), '{', '}', [&](const auto& entry) {
      out += boost::json::serialize(entry.key());
      out += ": ";
      write_pretty(out, entry.value(), indent + 2);
    });
  else if (value.is_array())
    list(value.get_array(), '[', ']', [&](const auto& entry) { write_pretty(out, entry, indent + 2); });
  else
    out += boost::json::serialize(value);
}

}  // namespace

std::string to_pretty_text(const json_value& value) {
  std::string out;
  write_pretty(out, value, 0);
  return out;
}

}  // namespace mesh::wire
