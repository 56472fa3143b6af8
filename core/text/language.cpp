#include "core/text/language.hpp"

#include <cstdlib>

namespace mesh::text {
namespace {

language spoken = language::en;

}  // namespace

std::optional<language> language_named(std::string_view tag) noexcept {
  const auto is = [&](std::string_view prefix) {
    return tag.starts_with(prefix) && (tag.size() == prefix.size() || tag[prefix.size()] == '_' ||
                                       tag[prefix.size()] == '-' || tag[prefix.size()] == '.');
  };
  if (is("fr")) return language::fr;
  if (is("en")) return language::en;
  return std::nullopt;
}

language language_from_environment() noexcept {
  if (const char* chosen = std::getenv("MESH_LANG"); chosen != nullptr)
    if (const auto known = language_named(chosen)) return *known;
  for (const char* name : {"LC_ALL", "LC_MESSAGES", "LANG"}) {
    const char* value = std::getenv(name);
    if (value == nullptr || *value == '\0') continue;
    return language_named(value).value_or(language::en);
  }
  return language::en;
}

language current_language() noexcept {
  return spoken;
}
void set_language(language wanted) noexcept {
  spoken = wanted;
}

}  // namespace mesh::text
