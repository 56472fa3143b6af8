#include "core/wire/webtransport.hpp"

#include <algorithm>

namespace mesh::wire {
namespace {

constexpr std::size_t sha256_hex_chars = 64;
constexpr std::size_t certificates_max = 2;

bool is_lower_hex(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

bool is_hash(const std::string& text) {
  return text.size() == sha256_hex_chars && std::ranges::all_of(text, is_lower_hex);
}

}  // namespace

result<bytes> webtransport_signed_text(const std::vector<std::string>& cert_sha256) {
  if (cert_sha256.empty() || cert_sha256.size() > certificates_max ||
      !std::ranges::all_of(cert_sha256, is_hash))
    return fail(errc::field_invalid,
                "\"cert_sha256\" holds one or two SHA-256 hashes of 64 lower-case hex digits", "cert_sha256");
  auto text = to_bytes(as_bytes("mesh-webtransport/1"));
  for (const auto& hash : cert_sha256) {
    const auto raw = from_hex(hash);
    if (!raw) return std::unexpected(raw.error());
    text.insert(text.end(), raw->begin(), raw->end());
  }
  return text;
}

webtransport_info sign_webtransport(std::vector<std::string> cert_sha256, const crypto::signing_key& key) {
  auto text = webtransport_signed_text(cert_sha256);
  auto signature = text ? to_base64url(key.sign(*text)) : std::string();
  return {std::move(cert_sha256), std::move(signature)};
}

result<void> check_webtransport(const webtransport_info& said, const crypto::public_key& key) {
  const auto text = webtransport_signed_text(said.cert_sha256);
  if (!text) return std::unexpected(text.error());
  const auto signature = from_base64url(said.signature);
  if (!signature || !key.verify(*text, *signature))
    return fail(errc::field_invalid, "the signature over the certificates does not fit the device's key",
                "signature");
  return {};
}

}  // namespace mesh::wire
