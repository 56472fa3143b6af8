#include "server/auth/challenge.hpp"

#include "core/crypto/sha256.hpp"

namespace mesh::auth {
namespace {

constexpr std::size_t signed_bytes = 16;
constexpr std::size_t nonce_bytes = signed_bytes + 32;

crypto::sha256_digest mac(bytes_view key, bytes_view part) {
  bytes message = to_bytes(as_bytes("mesh-challenge/1\n"));
  message.insert(message.end(), part.begin(), part.end());
  return crypto::hmac_sha256(key, message);
}

}  // namespace

std::string make_challenge(bytes_view key, wall_time now, random_source& random) {
  bytes nonce;
  append_be(nonce, static_cast<std::uint64_t>(unix_milliseconds(now + challenge_life)));
  const auto unique = random.bytes<8>();
  nonce.insert(nonce.end(), unique.begin(), unique.end());
  const auto tag = mac(key, nonce);
  nonce.insert(nonce.end(), tag.begin(), tag.end());
  return to_base64url(nonce);
}

result<void> check_challenge(bytes_view key, std::string_view nonce, wall_time now) {
  const auto refuse = [](const char* why) { return fail(errc::device_proof_invalid, why, "nonce"); };
  const auto raw = from_base64url(nonce);
  if (!raw || raw->size() != nonce_bytes) return refuse("the nonce is not one of this server's");
  const bytes_view all = *raw;
  if (!equal_constant_time(mac(key, all.first(signed_bytes)), all.subspan(signed_bytes)))
    return refuse("the nonce is not one of this server's");
  const auto end = get_be<std::uint64_t>(all.data());
  if (static_cast<std::uint64_t>(unix_milliseconds(now)) > end)
    return refuse("the nonce is too old; ask for another");
  return {};
}

}  // namespace mesh::auth
