// Messages that the relay cannot read, one key for each direction: u64 counter + AES-128-GCM (contract, 6b).
#pragma once
#include "core/crypto/aes_gcm.hpp"

namespace mesh::relay {

inline constexpr std::size_t sealed_overhead_bytes = sizeof(std::uint64_t) + crypto::aes_128_gcm::tag_bytes;

class sealer {
 public:
  explicit sealer(bytes_view key) : cipher_(key) {}
  bytes seal(bytes_view text);

 private:
  crypto::aes_128_gcm cipher_;
  std::uint64_t counter_ = 0;
};

class opener {
 public:
  explicit opener(bytes_view key) : cipher_(key) {}
  // Each message once and in its order: the stream beneath keeps both, a relay that does not is caught.
  // Errors: bad_message.
  result<bytes> open(bytes_view message);

 private:
  crypto::aes_128_gcm cipher_;
  std::uint64_t counter_ = 0;
};

}  // namespace mesh::relay
