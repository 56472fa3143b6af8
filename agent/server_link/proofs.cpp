#include "agent/server_link/proofs.hpp"

#include "core/base/bytes.hpp"

#include <fmt/format.h>

namespace mesh::server_link {
namespace {

std::string sign(const crypto::signing_key& key, std::string_view text) {
  return to_base64url(key.sign(as_bytes(text)));
}

}  // namespace

std::string prove_device(const crypto::signing_key& key, std::string_view nonce, std::string_view user_id,
                         std::string_view device_id) {
  return sign(key, fmt::format("mesh-device/1\n{}\n{}\n{}", nonce, user_id, device_id));
}

std::string prove_enrolment(const crypto::signing_key& key, std::string_view nonce, std::string_view code,
                            std::string_view device_id) {
  return sign(key, fmt::format("mesh-enroll/1\n{}\n{}\n{}", nonce, code, device_id));
}

std::string prove_device_code(const crypto::signing_key& key, std::string_view device_code,
                              std::string_view device_id) {
  return sign(key, fmt::format("mesh-device-code/1\n{}\n{}", device_code, device_id));
}

std::string prove_refresh(const crypto::signing_key& key, std::string_view refresh_token) {
  std::string text = fmt::format("mesh-refresh/1\n{}", refresh_token);
  auto signature = sign(key, text);
  wipe(text);
  return signature;
}

}  // namespace mesh::server_link
