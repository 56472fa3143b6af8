#include "agent/p2p/relay/handshake.hpp"

#include "core/crypto/aes_gcm.hpp"
#include "core/crypto/hkdf.hpp"
#include "core/crypto/p256.hpp"
#include "core/crypto/sha256.hpp"

#include <algorithm>

namespace mesh::relay {
namespace {

void append(bytes& out, bytes_view more) {
  out.insert(out.end(), more.begin(), more.end());
}

}  // namespace

bytes signed_text(const mesh::session_id& session, bytes_view initiator, bytes_view target) {
  bytes out;
  for (const auto part : {as_bytes("mesh-relay/1"), as_bytes(session.str()), initiator, target})
    append(out, part);
  return out;
}

session_keys derive_keys(bytes_view common, std::string_view token) {
  const auto salt = crypto::sha256(as_bytes(token));
  const auto key = [&](std::string_view info, std::size_t size) {
    return crypto::hkdf_sha256(common, salt, info, size);
  };
  session_keys out{key("mesh-relay/1 to target", crypto::aes_128_gcm::key_bytes),
                   key("mesh-relay/1 to initiator", crypto::aes_128_gcm::key_bytes),
                   {}};
  const auto challenge = key("mesh-relay/1 challenge", 64);
  std::ranges::copy_n(challenge.begin(), 32, out.challenge.nonce.begin());
  std::ranges::copy_n(challenge.begin() + 32, 32, out.challenge.certificate_sha256.begin());
  return out;
}

answering::answering(const p2p::announced_session& session, const crypto::signing_key& device,
                     crypto::p256_exchange own)
    : session_(session.id),
      peer_key_sha256_(session.peer.key_sha256),
      token_(session.token.clone()),
      device_(device),
      own_(std::move(own)) {}

result<bytes> answering::answer(bytes_view opening) {
  auto common = own_.agree(opening);
  if (!common) return fail(errc::handshake_failed, "the page began with something else than a key");
  common_ = std::move(*common);
  theirs_ = to_bytes(opening);
  auto out = to_bytes(own_.point());
  append(out, device_.sign(signed_text(session_, theirs_, own_.point())));
  return out;
}

result<session_keys> answering::finish(bytes_view proof) {
  constexpr auto spki = crypto::p256_public_key::spki_bytes;
  if (proof.size() != spki + crypto::p256_public_key::signature_bytes)
    return fail(errc::handshake_failed, "the page did not prove its key");
  const auto key = crypto::p256_public_key::from_spki(proof.first(spki));
  if (!key || key->fingerprint() != peer_key_sha256_ ||
      !key->verify(signed_text(session_, theirs_, own_.point()), proof.subspan(spki)))
    return fail(errc::peer_key_mismatch, "the other end of the relay is not the page of this session");
  return derive_keys(common_, token_.reveal());
}

}  // namespace mesh::relay
