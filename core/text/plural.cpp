#include "core/text/plural.hpp"

namespace mesh::text {

bool is_singular(std::uint64_t count, language in) noexcept {
  return count == 1 || (count == 0 && in == language::fr);
}

}  // namespace mesh::text
