#include "core/crypto/sign.hpp"

#include "core/crypto/c_library.hpp"
#include "core/crypto/random.hpp"
#include "core/crypto/sha256.hpp"
#include "core/crypto/sodium.hpp"

#include <algorithm>
#include <utility>

#include <sodium.h>

namespace mesh::crypto {
namespace {

// SEQUENCE { SEQUENCE { OID 1.3.101.112 } BIT STRING }, followed by the 32 bytes of the key (RFC 8410,
// section 4).
constexpr std::array<std::uint8_t, 12> spki_prefix = {0x30, 0x2A, 0x30, 0x05, 0x06, 0x03,
                                                      0x2B, 0x65, 0x70, 0x03, 0x21, 0x00};

}  // namespace

std::string fingerprint(bytes_view spki_der) {
  return sha256_hex(spki_der);
}

result<public_key> public_key::from_raw(bytes_view raw) {
  if (raw.size() != raw_bytes) return fail(errc::field_invalid, "an Ed25519 public key has 32 bytes");
  ensure_sodium();
  if (crypto_core_ed25519_is_valid_point(crypto::raw(raw)) != 1)
    return fail(errc::field_invalid, "not a usable Ed25519 public key");
  public_key key;
  std::ranges::copy(raw, key.raw_.begin());
  return key;
}

result<public_key> public_key::from_spki(bytes_view der) {
  if (der.size() != spki_bytes ||
      !std::ranges::equal(der.first(spki_prefix.size()), std::as_bytes(std::span(spki_prefix))))
    return fail(errc::field_invalid, "not the SubjectPublicKeyInfo of an Ed25519 key");
  return from_raw(der.subspan(spki_prefix.size()));
}

bool public_key::verify(bytes_view message, bytes_view signature) const noexcept {
  if (signature.size() != crypto_sign_BYTES) return false;
  ensure_sodium();
  return crypto_sign_verify_detached(crypto::raw(signature), crypto::raw(message), message.size(),
                                     crypto::raw(raw_)) == 0;
}

std::array<std::byte, public_key::spki_bytes> public_key::spki() const noexcept {
  std::array<std::byte, spki_bytes> der;
  const auto tail = std::ranges::copy(std::as_bytes(std::span(spki_prefix)), der.begin()).out;
  std::ranges::copy(raw_, tail);
  return der;
}

std::string public_key::fingerprint() const {
  return crypto::fingerprint(spki());
}

std::string public_key::kid() const {
  return fingerprint().substr(0, 16);
}

signing_key::signing_key(const unsigned char* seed) noexcept {
  ensure_sodium();
  std::array<std::byte, public_key::raw_bytes> open;
  crypto_sign_seed_keypair(reinterpret_cast<unsigned char*>(open.data()),
                           reinterpret_cast<unsigned char*>(secret_.data()), seed);
  public_ = *public_key::from_raw(open);
}

signing_key signing_key::generate() {
  auto seed = random_bytes<seed_bytes>();
  signing_key key(raw(seed));
  wipe(seed.data(), seed.size());
  return key;
}

result<signing_key> signing_key::from_seed(bytes_view seed) {
  if (seed.size() != seed_bytes) return fail(errc::field_invalid, "the seed of an Ed25519 key has 32 bytes");
  return signing_key(raw(seed));
}

signing_key::signing_key(signing_key&& other) noexcept : secret_(other.secret_), public_(other.public_) {
  wipe(other.secret_.data(), other.secret_.size());
}

signing_key& signing_key::operator=(signing_key&& other) noexcept {
  if (this == &other) return *this;
  secret_ = other.secret_;
  public_ = other.public_;
  wipe(other.secret_.data(), other.secret_.size());
  return *this;
}

signing_key::~signing_key() {
  wipe(secret_.data(), secret_.size());
}

ed25519_signature signing_key::sign(bytes_view message) const noexcept {
  ed25519_signature out;
  crypto_sign_detached(reinterpret_cast<unsigned char*>(out.data()), nullptr, crypto::raw(message),
                       message.size(), crypto::raw(secret_));
  return out;
}

secret signing_key::seed() const {
  return secret(std::string(as_text(bytes_view(secret_).first(seed_bytes))));
}

}  // namespace mesh::crypto
