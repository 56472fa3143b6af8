#include "core/base/error.hpp"

#include <algorithm>
#include <array>

namespace mesh {
namespace {

constexpr auto words = std::to_array<std::string_view>({
#define X(word) #word,
    MESH_ERROR_CODES(X)
#undef X
});

}  // namespace

std::string_view word(errc code) noexcept {
  const auto index = static_cast<std::size_t>(code);
  return index < words.size() ? words[index] : "internal";
}

errc code_of(std::string_view text) noexcept {
  const auto* const found = std::ranges::find(words, text);
  return found == words.end() ? errc::internal : static_cast<errc>(found - words.begin());
}

}  // namespace mesh
