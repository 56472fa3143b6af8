// HKDF with SHA-256 (RFC 5869): keys out of a shared secret.
#pragma once
#include "core/base/bytes.hpp"

#include <string_view>

namespace mesh::crypto {

// size: at most 255 * 32 bytes.
bytes hkdf_sha256(bytes_view secret, bytes_view salt, std::string_view info, std::size_t size);

}  // namespace mesh::crypto
