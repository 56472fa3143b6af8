// SHA-256 (FIPS 180-4) for key fingerprints and stored tokens, and its keyed form HMAC (RFC 2104).
#pragma once
#include "core/base/bytes.hpp"

#include <array>
#include <string>

namespace mesh::crypto {

using sha256_digest = std::array<std::byte, 32>;

sha256_digest sha256(bytes_view data) noexcept;
// 64 lower-case hex digits.
std::string sha256_hex(bytes_view data);

// A key of any length.
sha256_digest hmac_sha256(bytes_view key, bytes_view data) noexcept;

}  // namespace mesh::crypto
