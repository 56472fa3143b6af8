// The content of holes.
#pragma once
#include "core/base/bytes.hpp"
#include "core/crypto/blake3.hpp"

#include <cstdint>

namespace mesh::share {

// A chunk of zeros.
bytes_view zeros() noexcept;
void hash_zeros(crypto::blake3_hasher& hasher, std::uint64_t count) noexcept;

}  // namespace mesh::share
