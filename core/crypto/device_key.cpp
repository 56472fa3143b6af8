#include "core/crypto/device_key.hpp"

namespace mesh::crypto {

result<device_key> device_key::from_spki(bytes_view der) {
  if (der.size() == p256_public_key::spki_bytes) {
    auto key = p256_public_key::from_spki(der);
    if (!key) return pass(key);
    return device_key(std::move(*key));
  }
  auto key = public_key::from_spki(der);
  if (!key) return fail(errc::field_invalid, "not the SubjectPublicKeyInfo of an Ed25519 or P-256 key");
  return device_key(*key);
}

bool device_key::verify(bytes_view message, bytes_view signature) const noexcept {
  // get_if instead of visit: nothing here can throw.
  if (const auto* key = std::get_if<public_key>(&key_)) return key->verify(message, signature);
  return std::get_if<p256_public_key>(&key_)->verify(message, signature);
}

bytes device_key::spki() const {
  return std::visit(
      [](const auto& key) {
        const auto& der = key.spki();
        return to_bytes(der);
      },
      key_);
}

std::string device_key::fingerprint() const {
  return std::visit([](const auto& key) { return key.fingerprint(); }, key_);
}

}  // namespace mesh::crypto
