#include "server/auth/username.hpp"

#include "core/base/limits.hpp"
#include "server/models/user.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace mesh::auth {

std::string normalise_username(std::string_view text) {
  std::string name(text);
  for (char& c : name)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return name;
}

result<std::string> check_username(std::string_view text) {
  if (text.empty()) return fail(errc::field_too_short, "a username is needed", "username");
  if (text.size() > limits::username_chars_max)
    return fail(errc::field_too_long,
                fmt::format("a username has at most {} characters", limits::username_chars_max), "username");
  auto name = normalise_username(text);
  const auto alphanumeric = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  const auto allowed = [&](char c) { return alphanumeric(c) || c == '.' || c == '_' || c == '-'; };
  if (!alphanumeric(name.front()) || !std::ranges::all_of(name, allowed))
    return fail(errc::field_invalid,
                "a username begins with a letter a-z or a digit and goes on with those, '.', '_' or '-'",
                "username");
  if (name == models::deleted_username)
    return fail(errc::field_invalid, "this username is reserved", "username");
  return name;
}

}  // namespace mesh::auth
