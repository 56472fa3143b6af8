// Proofs of possession: a device signs a text that fits one use only.
#pragma once
#include "core/base/error.hpp"
#include "core/crypto/device_key.hpp"
#include "server/models/device.hpp"

#include <string>
#include <string_view>

namespace mesh::auth {

// The texts that are signed (their first line keeps a signature of one use from fitting another).
std::string device_proof_text(std::string_view nonce, const user_id& user, const device_id& device);
std::string enroll_proof_text(std::string_view nonce, std::string_view code, const device_id& device);
std::string device_code_proof_text(std::string_view device_code, const device_id& device);
std::string refresh_proof_text(std::string_view refresh_token);

// public_key as it travels: base64url of the SubjectPublicKeyInfo DER. Agents have Ed25519 keys, browsers
// P-256. Errors: field_invalid with field "public_key".
result<crypto::device_key> read_device_key(std::string_view public_key, models::device_kind kind);

// Errors: device_proof_invalid with field "signature".
result<void> check_proof(const crypto::device_key& key, std::string_view text, std::string_view signature);

}  // namespace mesh::auth
