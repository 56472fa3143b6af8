#include "core/crypto/hkdf.hpp"

#include "core/crypto/sha256.hpp"

namespace mesh::crypto {

bytes hkdf_sha256(bytes_view secret, bytes_view salt, std::string_view info, std::size_t size) {
  const auto key = hmac_sha256(salt, secret);
  bytes out;
  bytes block;
  for (std::uint8_t number = 1; out.size() < size; ++number) {
    const auto text = as_bytes(info);
    block.insert(block.end(), text.begin(), text.end());
    block.push_back(std::byte{number});
    const auto more = hmac_sha256(key, block);
    block.assign(more.begin(), more.end());
    out.insert(out.end(), more.begin(), more.end());
  }
  out.resize(size);
  return out;
}

}  // namespace mesh::crypto
