// Diffie-Hellman over P-256 with keys for one use, as WebCrypto's ECDH does it.
#pragma once
#include "core/base/bytes.hpp"
#include "core/base/error.hpp"

#include <array>

namespace mesh::crypto {

// 0x04, x, y (SEC 1 section 2.3.3), the "raw" form of WebCrypto.
using p256_point = std::array<std::byte, 65>;

class p256_exchange {
 public:
  static p256_exchange generate();
  // Of a private value that is known, for vectors. Errors: field_invalid (zero, or beyond the curve's order).
  static result<p256_exchange> from_private(bytes_view value);

  p256_exchange(p256_exchange&&) noexcept = default;
  p256_exchange& operator=(p256_exchange&&) noexcept = default;
  ~p256_exchange();

  const p256_point& point() const noexcept { return point_; }
  // x of the common point, 32 bytes. Errors: field_invalid (not a point of the curve).
  result<bytes> agree(bytes_view point) const;

 private:
  explicit p256_exchange(bytes value) : value_(std::move(value)) {}
  bytes value_;  // wiped
  p256_point point_{};
};

}  // namespace mesh::crypto
