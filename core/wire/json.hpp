// JSON in and out of described structs: Boost.JSON underneath, our own mapper on top, because the stock one
// fails on an absent optional and on an unknown key, which would forbid the protocol to grow.
//
// A struct becomes mappable by BOOST_DESCRIBE_STRUCT(name, (), (member, member ...)). Member types: bool,
// integers, double, std::string, basic_id<>, std::optional<> (absent when empty), std::vector<>, described
// structs, json_value. A described enum (BOOST_DESCRIBE_ENUM) travels as its name; a trailing underscore,
// needed where the word is reserved in C++, is dropped on the wire, for enums and members alike (export_ <->
// "export").
#pragma once
#include "core/base/error.hpp"
#include "core/base/id.hpp"
#include "core/base/limits.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include <boost/describe.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

namespace mesh::wire {

using json_value = boost::json::value;
using json_object = boost::json::object;

// Parses one JSON document. Errors: invalid_utf8, json_too_deep, invalid_json (also for a number beyond
// double); too_large above bytes_max.
result<json_value> parse_json(std::string_view text, std::size_t bytes_max = limits::http_body_bytes_max,
                              std::size_t depth_max = limits::json_depth_max);
std::string to_text(const json_value& value);
// Indented by two spaces, for people.
std::string to_pretty_text(const json_value& value);

// What to do with a key that the struct does not describe: requests from people refuse it (a typo must not be
// ignored in silence), messages between programs ignore it (the protocol grows).
enum class unknown_keys { refuse, ignore };

namespace detail {

template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;
template <class T>
inline constexpr bool is_vector = false;
template <class T>
inline constexpr bool is_vector<std::vector<T>> = true;
template <class T>
inline constexpr bool is_id = false;
template <class Tag>
inline constexpr bool is_id<basic_id<Tag>> = true;

inline std::string_view wire_name(std::string_view name) {
  return name.ends_with('_') ? name.substr(0, name.size() - 1) : name;
}
std::string join(std::string_view path, std::string_view key);
std::string at_index(std::string_view path, std::size_t index);

result<void> read_bool(const json_value& from, bool& to, std::string_view path);
result<void> read_double(const json_value& from, double& to, std::string_view path);
result<void> read_string(const json_value& from, std::string& to, std::string_view path);
result<std::int64_t> read_signed(const json_value& from, std::int64_t min, std::int64_t max,
                                 std::string_view path);
result<std::uint64_t> read_unsigned(const json_value& from, std::uint64_t max, std::string_view path);

template <class T>
result<void> read(const json_value& from, T& to, unknown_keys policy, std::string_view path) {
  if constexpr (std::is_same_v<T, json_value>) {
    to = from;
  } else if constexpr (std::is_same_v<T, json_object>) {
    if (!from.is_object()) return fail(errc::field_type, "an object is expected", std::string(path));
    to = from.get_object();
  } else if constexpr (std::is_same_v<T, bool>) {
    return read_bool(from, to, path);
  } else if constexpr (std::is_same_v<T, double>) {
    return read_double(from, to, path);
  } else if constexpr (std::is_integral_v<T> && std::is_unsigned_v<T>) {
    const auto number = read_unsigned(from, std::numeric_limits<T>::max(), path);
    if (!number) return std::unexpected(number.error());
    to = static_cast<T>(*number);
  } else if constexpr (std::is_integral_v<T>) {
    const auto number = read_signed(from, std::numeric_limits<T>::min(), std::numeric_limits<T>::max(), path);
    if (!number) return std::unexpected(number.error());
    to = static_cast<T>(*number);
  } else if constexpr (std::is_same_v<T, std::string>) {
    return read_string(from, to, path);
  } else if constexpr (is_id<T>) {
    std::string text;
    if (auto done = read_string(from, text, path); !done) return done;
    to = T(std::move(text));
  } else if constexpr (is_optional<T>) {
    if (from.is_null()) {
      to.reset();
      return {};
    }
    return read(from, to.emplace(), policy, path);
  } else if constexpr (is_vector<T>) {
    if (!from.is_array()) return fail(errc::field_type, "an array is expected", std::string(path));
    const auto& array = from.get_array();
    to.clear();
    to.reserve(array.size());
    for (std::size_t i = 0; i < array.size(); ++i)
      if (auto done = read(array[i], to.emplace_back(), policy, at_index(path, i)); !done) return done;
  } else if constexpr (std::is_enum_v<T>) {
    std::string text;
    if (auto done = read_string(from, text, path); !done) return done;
    bool found = false;
    boost::mp11::mp_for_each<boost::describe::describe_enumerators<T>>([&](auto d) {
      if (wire_name(d.name) == text) {
        to = d.value;
        found = true;
      }
    });
    if (!found)
      return fail(errc::field_invalid, "\"" + text + "\" is not one of the allowed words", std::string(path));
  } else {
    if (!from.is_object()) return fail(errc::field_type, "an object is expected", std::string(path));
    const auto& object = from.get_object();
    result<void> outcome;
    std::size_t known = 0;
    using members = boost::describe::describe_members<T, boost::describe::mod_any_access |
                                                             boost::describe::mod_inherited>;
    boost::mp11::mp_for_each<members>([&](auto d) {
      if (!outcome) return;
      using member = std::remove_cvref_t<decltype(to.*d.pointer)>;
      const auto key = wire_name(d.name);
      const auto* value = object.if_contains(boost::json::string_view(key.data(), key.size()));
      if (value == nullptr) {
        if constexpr (!is_optional<member>)
          outcome = fail(errc::field_missing, "\"" + std::string(key) + "\" is missing", join(path, key));
        return;
      }
      ++known;
      outcome = read(*value, to.*d.pointer, policy, join(path, key));
    });
    if (!outcome) return outcome;
    if (policy == unknown_keys::refuse && known != object.size()) {
      for (const auto& entry : object) {
        bool described = false;
        boost::mp11::mp_for_each<members>(
            [&](auto d) { described |= wire_name(d.name) == std::string_view(entry.key()); });
        if (!described)
          return fail(errc::field_unknown, "\"" + std::string(entry.key()) + "\" is not a known field",
                      join(path, std::string_view(entry.key())));
      }
    }
  }
  return {};
}

template <class T>
json_value write(const T& from) {
  if constexpr (std::is_same_v<T, json_value>) {
    return from;
  } else if constexpr (is_id<T>) {
    return json_value(boost::json::string(from.str()));
  } else if constexpr (std::is_same_v<T, std::string>) {
    return json_value(boost::json::string(from));
  } else if constexpr (std::is_arithmetic_v<T> || std::is_same_v<T, json_object>) {
    return json_value(from);
  } else if constexpr (is_optional<T>) {
    return from ? write(*from) : json_value(nullptr);
  } else if constexpr (is_vector<T>) {
    boost::json::array array;
    array.reserve(from.size());
    for (const auto& item : from) array.push_back(write(item));
    return array;
  } else if constexpr (std::is_enum_v<T>) {
    return json_value(boost::json::string(std::string(wire_name(boost::describe::enum_to_string(from, "")))));
  } else {
    json_object object;
    using members = boost::describe::describe_members<T, boost::describe::mod_any_access |
                                                             boost::describe::mod_inherited>;
    boost::mp11::mp_for_each<members>([&](auto d) {
      const auto& member = from.*d.pointer;
      if constexpr (is_optional<std::remove_cvref_t<decltype(member)>>)
        if (!member) return;
      const auto key = wire_name(d.name);
      object.emplace(boost::json::string_view(key.data(), key.size()), write(member));
    });
    return object;
  }
}

}  // namespace detail

// A described struct out of JSON. Errors: field_missing, field_type, field_invalid, field_unknown, each with
// the field's path ("initiator.key_sha256", "candidates[2].port").
template <class T>
result<T> from_json(const json_value& from, unknown_keys policy = unknown_keys::ignore) {
  T to{};
  if (auto done = detail::read(from, to, policy, {}); !done) return std::unexpected(std::move(done).error());
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
  return detail::write(from);
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
