// Sentences that count something: one wording for one of it, one for several.
#pragma once
#include "core/text/catalogue.hpp"

#include <cstdint>

namespace mesh::text {

// Whether `count` takes the singular: 1 in English, 0 and 1 in French.
bool is_singular(std::uint64_t count, language in = current_language()) noexcept;

// The text of `key`, or of `key`.one where the count takes the singular. Both tables must have both. {0} is
// the count.
template <class... Args>
std::string tr_count(std::string_view key, std::uint64_t count, const Args&... args) {
  return is_singular(count) ? tr(std::string(key) + ".one", count, args...) : tr(key, count, args...);
}

}  // namespace mesh::text
