#include "core/crypto/sodium.hpp"

#include <cstdio>
#include <cstdlib>

#include <sodium.h>

namespace mesh::crypto {

void ensure_sodium() noexcept {
  static const bool ready = sodium_init() >= 0;
  if (ready) return;
  std::fputs("mesh: libsodium could not be initialised (is /dev/urandom readable?)\n", stderr);
  std::abort();
}

}  // namespace mesh::crypto
