// Compact JWS (RFC 7515) reduced to what Mesh signs: EdDSA only, header exactly {alg, typ, kid}.
#pragma once
#include "core/base/error.hpp"
#include "core/base/secret.hpp"
#include "core/capability/keyring.hpp"
#include "core/wire/json.hpp"

#include <string_view>

namespace mesh::capability {

secret sign_jws(std::string_view typ, const wire::json_object& payload, const crypto::signing_key& key);

// The payload of a token whose signature holds. Errors: too_large above limits::token_bytes_max;
// token_malformed for anything but three parts of strict base64url holding JSON objects without repeated
// keys; token_algorithm, token_type, token_key_unknown, token_signature.
result<wire::json_object> open_jws(std::string_view token, std::string_view typ, const keyring& keys);

}  // namespace mesh::capability
