#include "server/auth/random_source.hpp"

#include "core/crypto/random.hpp"

namespace mesh::auth {

void system_random::fill(std::span<std::byte> out) noexcept {
  crypto::fill_random(out);
}

}  // namespace mesh::auth
