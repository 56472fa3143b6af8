#include "core/crypto/sha256.hpp"

#include "core/base/secret.hpp"
#include "core/crypto/c_library.hpp"

#include <sodium.h>

namespace mesh::crypto {
sha256_digest sha256(bytes_view data) noexcept {
  sha256_digest out;
  crypto_hash_sha256(reinterpret_cast<unsigned char*>(out.data()), raw(data), data.size());
  return out;
}

std::string sha256_hex(bytes_view data) {
  return to_hex(sha256(data));
}

sha256_digest hmac_sha256(bytes_view key, bytes_view data) noexcept {
  sha256_digest out;
  crypto_auth_hmacsha256_state state;
  crypto_auth_hmacsha256_init(&state, raw(key), key.size());
  crypto_auth_hmacsha256_update(&state, raw(data), data.size());
  crypto_auth_hmacsha256_final(&state, reinterpret_cast<unsigned char*>(out.data()));
  wipe(&state, sizeof state);
  return out;
}

}  // namespace mesh::crypto
