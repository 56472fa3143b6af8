// How the mapper of json.hpp sees a type: a small table, and one walker for all of them. Code of its own for
// every struct made half a megabyte of a program.
#pragma once
#include "core/base/error.hpp"
#include "core/base/id.hpp"

#include <array>
#include <limits>
#include <optional>
#include <span>
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

constexpr std::string_view wire_name(std::string_view name) {
  return name.ends_with('_') ? name.substr(0, name.size() - 1) : name;
}
std::string join(std::string_view path, std::string_view key);
std::string at_index(std::string_view path, std::size_t index);

// Where a value stands in its document; spelled out for errors only.
struct place {
  const place* within = nullptr;  // null: the document itself
  std::string_view key;           // empty: an element of an array
  std::size_t index = 0;
  std::string path() const;
};

struct shape {
  result<void> (*read)(const json_value& from, void* to, unknown_keys policy, const place& at);
  json_value (*write)(const void* from);
  bool (*present)(const void* from);  // null for what is always there
};
struct member_shape {
  std::string_view key;
  const void* (*in)(const void* object);
  const shape* is;
};
struct enumerator {
  std::string_view word;
  std::int64_t value;
};

result<void> read_bool(const json_value& from, bool& to, const place& at);
result<void> read_double(const json_value& from, double& to, const place& at);
result<void> read_string(const json_value& from, std::string& to, const place& at);
result<void> read_object(const json_value& from, json_object& to, const place& at);
result<std::int64_t> read_signed(const json_value& from, std::int64_t min, std::int64_t max, const place& at);
result<std::uint64_t> read_unsigned(const json_value& from, std::uint64_t max, const place& at);
result<std::int64_t> read_enum(const json_value& from, std::span<const enumerator> words, const place& at);
json_value write_enum(std::int64_t value, std::span<const enumerator> words);
// How many elements to make room for.
result<std::size_t> count_elements(const json_value& from, const place& at);
// The elements lie bytes_each apart.
result<void> read_elements(const json_value& from, void* first, std::size_t bytes_each, const shape& is,
                           unknown_keys policy, const place& at);
json_value write_elements(const void* first, std::size_t count, std::size_t bytes_each, const shape& is);
result<void> read_members(const json_value& from, void* to, std::span<const member_shape> members,
                          unknown_keys policy, const place& at);
json_value write_members(const void* from, std::span<const member_shape> members);

template <class T>
result<void> read(const json_value& from, void* to, unknown_keys policy, const place& at);
template <class T>
json_value write(const void* from);
template <class T>
bool present(const void* from) {
  return static_cast<const T*>(from)->has_value();
}

template <class T>
constexpr shape make_shape() {
  if constexpr (is_optional<T>)
    return {read<T>, write<T>, present<T>};
  else
    return {read<T>, write<T>, nullptr};
}
template <class T>
inline constexpr shape shape_of = make_shape<T>();

template <class T, class Member>
constexpr member_shape shape_of_member(Member) {
  using type = std::remove_cvref_t<decltype(std::declval<const T&>().*Member::pointer)>;
  return {
      wire_name(Member::name),
      [](const void* object) -> const void* { return &(static_cast<const T*>(object)->*Member::pointer); },
      &shape_of<type>};
}

template <class T, template <class...> class List, class... Members>
constexpr auto shapes_of_members(List<Members...>) {
  return std::array<member_shape, sizeof...(Members)>{shape_of_member<T>(Members())...};
}
template <class T>
inline constexpr auto members_of = shapes_of_members<T>(
    boost::describe::describe_members<T, boost::describe::mod_any_access | boost::describe::mod_inherited>());

template <template <class...> class List, class... Words>
constexpr auto enumerators_of(List<Words...>) {
  return std::array<enumerator, sizeof...(Words)>{
      enumerator{wire_name(Words::name), static_cast<std::int64_t>(Words::value)}...};
}
template <class T>
inline constexpr auto words_of = enumerators_of(boost::describe::describe_enumerators<T>());

template <class T>
result<void> read(const json_value& from, void* to, unknown_keys policy, const place& at) {
  auto& out = *static_cast<T*>(to);
  if constexpr (std::is_same_v<T, json_value>) {
    out = from;
  } else if constexpr (std::is_same_v<T, json_object>) {
    return read_object(from, out, at);
  } else if constexpr (std::is_same_v<T, bool>) {
    return read_bool(from, out, at);
  } else if constexpr (std::is_same_v<T, double>) {
    return read_double(from, out, at);
  } else if constexpr (std::is_integral_v<T> && std::is_unsigned_v<T>) {
    auto number = read_unsigned(from, std::numeric_limits<T>::max(), at);
    if (!number) return pass(number);
    out = static_cast<T>(*number);
  } else if constexpr (std::is_integral_v<T>) {
    auto number = read_signed(from, std::numeric_limits<T>::min(), std::numeric_limits<T>::max(), at);
    if (!number) return pass(number);
    out = static_cast<T>(*number);
  } else if constexpr (std::is_same_v<T, std::string>) {
    return read_string(from, out, at);
  } else if constexpr (is_id<T>) {
    std::string text;
    if (auto done = read_string(from, text, at); !done) return done;
    out = T(std::move(text));
  } else if constexpr (is_optional<T>) {
    out.reset();
    if (!from.is_null()) return shape_of<typename T::value_type>.read(from, &out.emplace(), policy, at);
  } else if constexpr (is_vector<T>) {
    auto count = count_elements(from, at);
    if (!count) return pass(count);
    out.clear();
    out.resize(*count);
    using element = typename T::value_type;
    return read_elements(from, out.data(), sizeof(element), shape_of<element>, policy, at);
  } else if constexpr (std::is_enum_v<T>) {
    auto value = read_enum(from, words_of<T>, at);
    if (!value) return pass(value);
    out = static_cast<T>(*value);
  } else {
    return read_members(from, to, members_of<T>, policy, at);
  }
  return {};
}

template <class T>
json_value write(const void* from) {
  const auto& in = *static_cast<const T*>(from);
  if constexpr (std::is_same_v<T, json_value>)
    return in;
  else if constexpr (is_id<T>)
    return json_value(boost::json::string(in.str()));
  else if constexpr (std::is_same_v<T, std::string>)
    return json_value(boost::json::string(in));
  else if constexpr (std::is_arithmetic_v<T> || std::is_same_v<T, json_object>)
    return json_value(in);
  else if constexpr (is_optional<T>)
    return in ? shape_of<typename T::value_type>.write(&*in) : json_value(nullptr);
  else if constexpr (is_vector<T>)
    return write_elements(in.data(), in.size(), sizeof(typename T::value_type),
                          shape_of<typename T::value_type>);
  else if constexpr (std::is_enum_v<T>)
    return write_enum(static_cast<std::int64_t>(in), words_of<T>);
  else
    return write_members(from, members_of<T>);
}

}  // namespace detail
}  // namespace mesh::wire
