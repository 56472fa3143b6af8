// Randomness of the kernel, and the identifiers made of it.
#pragma once
#include "core/base/bytes.hpp"
#include "core/base/id.hpp"

#include <array>
#include <cstdint>
#include <span>
#include <string>

namespace mesh::crypto {

void fill_random(std::span<std::byte> out) noexcept;

template <std::size_t N>
std::array<std::byte, N> random_bytes() noexcept {
  std::array<std::byte, N> out;
  fill_random(out);
  return out;
}

// Uniform in [0, bound); bound must not be 0.
std::uint32_t random_below(std::uint32_t bound) noexcept;

// base64url of count random bytes: a token nobody guesses (32 bytes = 43 characters).
std::string random_text(std::size_t count = 32);

// A fresh identifier: prefix + 26 characters of 128 random bits.
template <class Tag>
basic_id<Tag> new_id() {
  return make_id<Tag>(random_bytes<16>());
}

}  // namespace mesh::crypto
