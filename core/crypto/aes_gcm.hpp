// AES-128-GCM (NIST SP 800-38D) with a 12-byte nonce and a 16-byte tag behind the text, as WebCrypto writes
// it.
#pragma once
#include "core/base/bytes.hpp"
#include "core/base/error.hpp"

#include <array>
#include <memory>

namespace mesh::crypto {

class aes_128_gcm {
 public:
  static constexpr std::size_t key_bytes = 16;
  static constexpr std::size_t tag_bytes = 16;
  using nonce = std::array<std::byte, 12>;

  // key: of key_bytes.
  explicit aes_128_gcm(bytes_view key);
  aes_128_gcm(aes_128_gcm&&) noexcept;
  aes_128_gcm& operator=(aes_128_gcm&&) noexcept;
  ~aes_128_gcm();

  // Behind what out holds already. A nonce must never come twice under one key.
  void seal(const nonce& once, bytes_view text, bytes& out) const;
  // Errors: bad_message when it is not what was sealed.
  result<bytes> open(const nonce& once, bytes_view sealed) const;

 private:
  struct state;
  std::unique_ptr<state> state_;
};

}  // namespace mesh::crypto
