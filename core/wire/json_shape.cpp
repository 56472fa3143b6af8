#include "core/wire/json_shape.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace mesh::wire::detail {

std::string join(std::string_view path, std::string_view key) {
  return path.empty() ? std::string(key) : fmt::format("{}.{}", path, key);
}

std::string at_index(std::string_view path, std::size_t index) {
  return fmt::format("{}[{}]", path, index);
}

std::string place::path() const {
  if (within == nullptr) return {};
  return key.empty() ? at_index(within->path(), index) : join(within->path(), key);
}

result<void> read_bool(const json_value& from, bool& to, const place& at) {
  if (!from.is_bool()) return fail(errc::field_type, "true or false is expected", at.path());
  to = from.get_bool();
  return {};
}

result<void> read_double(const json_value& from, double& to, const place& at) {
  if (!from.is_number()) return fail(errc::field_type, "a number is expected", at.path());
  to = from.to_number<double>();
  return {};
}

result<void> read_string(const json_value& from, std::string& to, const place& at) {
  if (!from.is_string()) return fail(errc::field_type, "a string is expected", at.path());
  to = std::string(std::string_view(from.get_string()));
  return {};
}

result<void> read_object(const json_value& from, json_object& to, const place& at) {
  if (!from.is_object()) return fail(errc::field_type, "an object is expected", at.path());
  to = from.get_object();
  return {};
}

result<std::int64_t> read_signed(const json_value& from, std::int64_t min, std::int64_t max,
                                 const place& at) {
  if (!from.is_int64() && !from.is_uint64())
    return fail(errc::field_type, "a whole number is expected", at.path());
  if (from.is_uint64() && from.get_uint64() > static_cast<std::uint64_t>(max))
    return fail(errc::field_invalid, "the number is too large", at.path());
  const std::int64_t number =
      from.is_uint64() ? static_cast<std::int64_t>(from.get_uint64()) : from.get_int64();
  if (number < min || number > max) return fail(errc::field_invalid, "the number is out of range", at.path());
  return number;
}

result<std::uint64_t> read_unsigned(const json_value& from, std::uint64_t max, const place& at) {
  if (!from.is_int64() && !from.is_uint64())
    return fail(errc::field_type, "a whole number is expected", at.path());
  if (from.is_int64() && from.get_int64() < 0)
    return fail(errc::field_invalid, "the number may not be negative", at.path());
  const std::uint64_t number =
      from.is_int64() ? static_cast<std::uint64_t>(from.get_int64()) : from.get_uint64();
  if (number > max) return fail(errc::field_invalid, "the number is too large", at.path());
  return number;
}

result<std::int64_t> read_enum(const json_value& from, std::span<const enumerator> words, const place& at) {
  std::string text;
  if (auto done = read_string(from, text, at); !done) return pass(done);
  const auto found = std::ranges::find(words, text, &enumerator::word);
  if (found == words.end())
    return fail(errc::field_invalid, "\"" + text + "\" is not one of the allowed words", at.path());
  return found->value;
}

json_value write_enum(std::int64_t value, std::span<const enumerator> words) {
  const auto found = std::ranges::find(words, value, &enumerator::value);
  return json_value(boost::json::string(found == words.end() ? std::string_view() : found->word));
}

result<std::size_t> count_elements(const json_value& from, const place& at) {
  if (!from.is_array()) return fail(errc::field_type, "an array is expected", at.path());
  return from.get_array().size();
}

result<void> read_elements(const json_value& from, void* first, std::size_t bytes_each, const shape& is,
                           unknown_keys policy, const place& at) {
  auto* to = static_cast<std::byte*>(first);
  std::size_t index = 0;
  for (const auto& element : from.get_array()) {
    if (auto done = is.read(element, to, policy, {&at, {}, index++}); !done) return done;
    to += bytes_each;
  }
  return {};
}

json_value write_elements(const void* first, std::size_t count, std::size_t bytes_each, const shape& is) {
  boost::json::array array;
  array.reserve(count);
  const auto* from = static_cast<const std::byte*>(first);
  for (; count > 0; --count, from += bytes_each) array.push_back(is.write(from));
  return array;
}

result<void> read_members(const json_value& from, void* to, std::span<const member_shape> members,
                          unknown_keys policy, const place& at) {
  if (!from.is_object()) return fail(errc::field_type, "an object is expected", at.path());
  const auto& object = from.get_object();
  std::size_t known = 0;
  for (const auto& member : members) {
    const auto* value = object.if_contains(member.key);
    if (value == nullptr) {
      if (member.is->present != nullptr) continue;
      return fail(errc::field_missing, fmt::format("\"{}\" is missing", member.key),
                  join(at.path(), member.key));
    }
    ++known;
    // One function finds the member for reading and writing; the struct is not constant here.
    auto* into = const_cast<void*>(member.in(to));  // NOLINT(cppcoreguidelines-pro-type-const-cast)
    if (auto done = member.is->read(*value, into, policy, {&at, member.key}); !done) return done;
  }
  if (policy == unknown_keys::ignore || known == object.size()) return {};
  for (const auto& entry : object)
    if (const std::string_view key = entry.key();
        std::ranges::find(members, key, &member_shape::key) == members.end())
      return fail(errc::field_unknown, fmt::format("\"{}\" is not a known field", key), join(at.path(), key));
  return {};
}

json_value write_members(const void* from, std::span<const member_shape> members) {
  json_object object;
  for (const auto& member : members) {
    const auto* in = member.in(from);
    if (member.is->present == nullptr || member.is->present(in))
      object.emplace(member.key, member.is->write(in));
  }
  return object;
}

}  // namespace mesh::wire::detail
