// Ed25519 (RFC 8032): device keys of agents and signing keys of the server, and how they are named.
#pragma once
#include "core/base/bytes.hpp"
#include "core/base/error.hpp"
#include "core/base/secret.hpp"

#include <array>
#include <compare>
#include <string>

namespace mesh::crypto {

using ed25519_signature = std::array<std::byte, 64>;

// Names any public key: lower-case hex of SHA-256 over its SubjectPublicKeyInfo DER ("key_sha256").
std::string fingerprint(bytes_view spki_der);

class public_key {
 public:
  static constexpr std::size_t raw_bytes = 32;
  static constexpr std::size_t spki_bytes = 44;

  // An all-zero key, which verifies nothing; a real one comes from the functions below.
  public_key() = default;
  // Both refuse points of small order and points outside the main subgroup, with which a signature would fit
  // any message. Errors: field_invalid.
  static result<public_key> from_raw(bytes_view raw);
  // SubjectPublicKeyInfo DER (RFC 8410), exactly 44 bytes.
  static result<public_key> from_spki(bytes_view der);

  bool verify(bytes_view message, bytes_view signature) const noexcept;

  bytes_view raw() const noexcept { return raw_; }
  std::array<std::byte, spki_bytes> spki() const noexcept;
  // key_sha256: 64 hex digits.
  std::string fingerprint() const;
  // The "kid" of tokens: the first 16 hex digits of the fingerprint.
  std::string kid() const;

  auto operator<=>(const public_key&) const = default;

 private:
  std::array<std::byte, raw_bytes> raw_{};
};

// The secret half: move-only, wiped when it dies.
class signing_key {
 public:
  static constexpr std::size_t seed_bytes = 32;

  static signing_key generate();
  // Errors: field_invalid unless the seed has 32 bytes.
  static result<signing_key> from_seed(bytes_view seed);

  signing_key(signing_key&& other) noexcept;
  signing_key& operator=(signing_key&& other) noexcept;
  ~signing_key();

  ed25519_signature sign(bytes_view message) const noexcept;
  const public_key& verifier() const noexcept { return public_; }
  // The 32 raw bytes to keep in a file of mode 0600.
  secret seed() const;

 private:
  explicit signing_key(const unsigned char* seed) noexcept;

  std::array<std::byte, 64> secret_{};  // seed and public key, the form libsodium signs with
  public_key public_;
};

}  // namespace mesh::crypto
