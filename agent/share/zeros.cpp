#include "agent/share/zeros.hpp"

#include "core/base/limits.hpp"

#include <algorithm>
#include <array>

namespace mesh::share {

bytes_view zeros() noexcept {
  // Not constant: so the program file holds none of them, and memory only the pages that are read.
  static std::array<std::byte, limits::chunk_bytes> content{};
  return content;
}

void hash_zeros(crypto::blake3_hasher& hasher, std::uint64_t count) noexcept {
  while (count > 0) {
    const auto piece = std::min<std::uint64_t>(count, zeros().size());
    hasher.update(zeros().first(static_cast<std::size_t>(piece)));
    count -= piece;
  }
}

}  // namespace mesh::share
