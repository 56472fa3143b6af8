// ECDSA over P-256 with SHA-256: the device keys of browsers, which WebCrypto keeps non-extractable.
#pragma once
#include "core/base/bytes.hpp"
#include "core/base/error.hpp"

#include <compare>
#include <string>

namespace mesh::crypto {

class p256_public_key {
 public:
  static constexpr std::size_t spki_bytes = 91;
  static constexpr std::size_t signature_bytes = 64;

  // SubjectPublicKeyInfo DER with an uncompressed point, as WebCrypto exports it. Errors: field_invalid, also
  // for a point that is not on the curve.
  static result<p256_public_key> from_spki(bytes_view der);

  // signature: r and s, 32 bytes each, big endian (IEEE P1363), as WebCrypto writes it.
  bool verify(bytes_view message, bytes_view signature) const noexcept;

  bytes_view spki() const noexcept { return der_; }
  // key_sha256: 64 hex digits.
  std::string fingerprint() const;

  auto operator<=>(const p256_public_key&) const = default;

 private:
  explicit p256_public_key(bytes der) : der_(std::move(der)) {}
  bytes der_;
};

}  // namespace mesh::crypto
