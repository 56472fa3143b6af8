// Nonces that a device signs to prove it holds its key. The server keeps nothing: a nonce carries its own end
// and a MAC.
#pragma once
#include "core/base/clock.hpp"
#include "core/base/error.hpp"
#include "server/auth/random_source.hpp"

#include <string>
#include <string_view>

namespace mesh::auth {

inline constexpr std::chrono::seconds challenge_life{120};

// base64url of 48 bytes: u64 BE end of life in Unix ms, 8 random bytes, HMAC-SHA256 over both.
std::string make_challenge(bytes_view key, wall_time now, random_source& random);

// Errors: device_proof_invalid when it is not ours or too old; field "nonce".
result<void> check_challenge(bytes_view key, std::string_view nonce, wall_time now);

}  // namespace mesh::auth
