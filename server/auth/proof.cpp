#include "server/auth/proof.hpp"

#include <fmt/format.h>

namespace mesh::auth {

std::string device_proof_text(std::string_view nonce, const user_id& user, const device_id& device) {
  return fmt::format("mesh-device/1\n{}\n{}\n{}", nonce, user.str(), device.str());
}
std::string enroll_proof_text(std::string_view nonce, std::string_view code, const device_id& device) {
  return fmt::format("mesh-enroll/1\n{}\n{}\n{}", nonce, code, device.str());
}
std::string device_code_proof_text(std::string_view device_code, const device_id& device) {
  return fmt::format("mesh-device-code/1\n{}\n{}", device_code, device.str());
}
std::string refresh_proof_text(std::string_view refresh_token) {
  return fmt::format("mesh-refresh/1\n{}", refresh_token);
}

result<crypto::device_key> read_device_key(std::string_view public_key, models::device_kind kind) {
  const auto der = from_base64url(public_key);
  if (!der)
    return fail(errc::field_invalid, "a public key is the base64url text of its SubjectPublicKeyInfo",
                "public_key");
  auto key = crypto::device_key::from_spki(*der);
  if (!key) return fail(errc::field_invalid, key.error().detail, "public_key");
  if (kind == models::device_kind::agent && !key->is_ed25519())
    return fail(errc::field_invalid, "the key of an agent is an Ed25519 key", "public_key");
  if (kind == models::device_kind::browser && !key->is_p256())
    return fail(errc::field_invalid, "the key of a browser is a P-256 key", "public_key");
  return key;
}

result<void> check_proof(const crypto::device_key& key, std::string_view text, std::string_view signature) {
  const auto raw = from_base64url(signature);
  if (!raw || !key.verify(as_bytes(text), *raw))
    return fail(errc::device_proof_invalid, "the signature does not fit the device's key", "signature");
  return {};
}

}  // namespace mesh::auth
