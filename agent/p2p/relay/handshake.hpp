// How the two ends of the relay agree on keys that the relay does not learn (contract, section 6b): the
// target's side. No I/O.
#pragma once
#include "agent/p2p/connection.hpp"
#include "agent/p2p/session_cache.hpp"
#include "core/crypto/ecdh.hpp"
#include "core/crypto/sign.hpp"

namespace mesh::relay {

// The three messages before the first sealed one:
//   initiator -> target : its ephemeral key (65 bytes)
//   target -> initiator : its ephemeral key, and its device key's signature (64 bytes) over signed_text()
//   initiator -> target : the SubjectPublicKeyInfo of its device key (91 bytes), and its signature (64 bytes)
bytes signed_text(const mesh::session_id& session, bytes_view initiator, bytes_view target);

// challenge: what the initiator's P2P_HELLO proves its key with; both sides know it without being told.
struct session_keys {
  bytes to_target;
  bytes to_initiator;
  p2p::key_challenge challenge;
};
// common: of the key exchange. token: of the session.
session_keys derive_keys(bytes_view common, std::string_view token);

class answering {
 public:
  // device outlives this.
  answering(const p2p::announced_session& session, const crypto::signing_key& device,
            crypto::p256_exchange own = crypto::p256_exchange::generate());

  // To the first message. Errors: handshake_failed.
  result<bytes> answer(bytes_view opening);
  // Of the third. Errors: handshake_failed, peer_key_mismatch (another device than the session's, or somebody
  // between who put in a key of their own).
  result<session_keys> finish(bytes_view proof);

 private:
  mesh::session_id session_;
  std::string peer_key_sha256_;
  secret token_;
  const crypto::signing_key& device_;
  crypto::p256_exchange own_;
  bytes theirs_;
  bytes common_;
};

}  // namespace mesh::relay
