// JSON in and out of described structs: Boost.JSON underneath, our own mapper on top, because the stock one
// fails on an absent optional and on an unknown key, which would forbid the protocol to grow.
//
// A struct becomes mappable by BOOST_DESCRIBE_STRUCT(name, (), (member, member ...)). Member types: bool,
// integers, double, std::string, basic_id<>, std::optional<> (absent when empty), std::vector<>, described
// structs, json_value. A described enum (BOOST_DESCRIBE_ENUM) travels as its name; a trailing underscore,
// needed where the word is reserved in C++, is dropped on the wire, for enums and members alike (export_ <->
// "export").
#pragma once
#include "core/base/limits.hpp"
#include "core/wire/json_shape.hpp"

namespace mesh::wire {

// Parses one JSON document. Errors: invalid_utf8, json_too_deep, invalid_json (also for a number beyond
// double); too_large above bytes_max.
result<json_value> parse_json(std::string_view text, std::size_t bytes_max = limits::http_body_bytes_max,
                              std::size_t depth_max = limits::json_depth_max);
std::string to_text(const json_value& value);
// Indented by two spaces, for people.
std::string to_pretty_text(const json_value& value);

// A described struct out of JSON. Errors: field_missing, field_type, field_invalid, field_unknown, each with
// the field's path ("initiator.key_sha256", "candidates[2].port").
template <class T>
result<T> from_json(const json_value& from, unknown_keys policy = unknown_keys::ignore) {
  T to{};
  if (auto done = detail::shape_of<T>.read(from, &to, policy, {}); !done) return pass(done);
  return to;
}

template <class T>
result<T> parse(std::string_view text, unknown_keys policy = unknown_keys::ignore,
                std::size_t bytes_max = limits::http_body_bytes_max) {
  auto value = parse_json(text, bytes_max);
  if (!value) return std::unexpected(std::move(value).error());
  return from_json<T>(*value, policy);
}

template <class T>
json_value to_json(const T& from) {
  return detail::shape_of<T>.write(&from);
}

template <class T>
std::string render(const T& from) {
  return to_text(to_json(from));
}

// The wire word of a described enum value, and back.
template <class E>
std::string word_of(E value) {
  return std::string(detail::wire_name(boost::describe::enum_to_string(value, "")));
}

}  // namespace mesh::wire
