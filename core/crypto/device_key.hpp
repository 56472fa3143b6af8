// The public key of a device, whichever kind it is: Ed25519 for agents, P-256 for browsers.
#pragma once
#include "core/base/bytes.hpp"
#include "core/base/error.hpp"
#include "core/crypto/p256.hpp"
#include "core/crypto/sign.hpp"

#include <string>
#include <variant>

namespace mesh::crypto {

class device_key {
 public:
  // Of SubjectPublicKeyInfo DER. Errors: field_invalid.
  static result<device_key> from_spki(bytes_view der);

  bool is_ed25519() const noexcept { return std::holds_alternative<public_key>(key_); }
  bool is_p256() const noexcept { return std::holds_alternative<p256_public_key>(key_); }
  bool verify(bytes_view message, bytes_view signature) const noexcept;
  bytes spki() const;
  // key_sha256: 64 hex digits.
  std::string fingerprint() const;

 private:
  explicit device_key(std::variant<public_key, p256_public_key> key) : key_(std::move(key)) {}
  std::variant<public_key, p256_public_key> key_;
};

}  // namespace mesh::crypto
