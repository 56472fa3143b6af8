#include "core/crypto/random.hpp"

#include "core/base/secret.hpp"
#include "core/crypto/sodium.hpp"

#include <sodium.h>

namespace mesh::crypto {

void fill_random(std::span<std::byte> out) noexcept {
  ensure_sodium();
  randombytes_buf(out.data(), out.size());
}

std::uint32_t random_below(std::uint32_t bound) noexcept {
  ensure_sodium();
  return randombytes_uniform(bound);
}

std::string random_text(std::size_t count) {
  bytes data(count);
  fill_random(data);
  auto text = to_base64url(data);
  wipe(data.data(), data.size());
  return text;
}

}  // namespace mesh::crypto
