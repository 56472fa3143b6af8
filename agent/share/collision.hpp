// What becomes of a file whose name is taken already in the folder it comes to.
#pragma once
#include <array>
#include <optional>
#include <string_view>

namespace mesh::share {

// rename: it gets a numbered name. overwrite: it replaces the one that is there, in one step and not before
// it is verified. skip: it is refused before its first byte.
enum class collision { rename, overwrite, skip };

constexpr std::string_view to_string(collision policy) noexcept {
  constexpr std::array<std::string_view, 3> words{"rename", "overwrite", "skip"};
  return words[static_cast<std::size_t>(policy)];
}

constexpr std::optional<collision> collision_named(std::string_view word) noexcept {
  for (const auto policy : {collision::rename, collision::overwrite, collision::skip})
    if (to_string(policy) == word) return policy;
  return std::nullopt;
}

}  // namespace mesh::share
