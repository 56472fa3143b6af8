// The texts that a device signs to prove that it holds its key, one per purpose so that none passes as
// another.
#pragma once
#include "core/crypto/sign.hpp"

#include <string>
#include <string_view>

namespace mesh::server_link {

// Each returns base64url of the Ed25519 signature.
std::string prove_device(const crypto::signing_key& key, std::string_view nonce, std::string_view user_id,
                         std::string_view device_id);
std::string prove_enrolment(const crypto::signing_key& key, std::string_view nonce, std::string_view code,
                            std::string_view device_id);
std::string prove_device_code(const crypto::signing_key& key, std::string_view device_code,
                              std::string_view device_id);
std::string prove_refresh(const crypto::signing_key& key, std::string_view refresh_token);

}  // namespace mesh::server_link
