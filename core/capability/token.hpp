// Capability tokens: the server issues them, an agent verifies them offline before anything else happens.
#pragma once
#include "core/base/clock.hpp"
#include "core/base/secret.hpp"
#include "core/capability/claims.hpp"
#include "core/capability/keyring.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace mesh::capability {

inline constexpr std::string_view capability_type = "mesh-cap+jwt";
inline constexpr std::string_view issuer = "mesh";

secret issue(const claims& c, const crypto::signing_key& key);

// What the verifier knows for certain, none of it from the token. now: the server's time (own clock plus the
// offset learned from system.welcome). peer_key_sha256: the key that TLS saw at the other end. session and
// kind: what the peer's message named; empty where nothing was named.
struct verification {
  wall_time now;
  role own_role = role::target;
  mesh::device_id own_device_id;
  std::string own_key_sha256;
  std::string peer_key_sha256;
  std::optional<mesh::session_id> session_id;
  std::optional<wire::session_kind> kind;
};

// Pure; a replayed token passes here and is caught by replay_guard. Errors: those of open_jws, then
// token_claims, token_lifetime (60 to 180 s), token_not_yet_valid and token_expired (clock skew 30 s),
// token_wrong_peer (a device or key of either side is another), token_wrong_session, token_wrong_kind,
// capability_denied (caps do not hold what the kind needs).
result<claims> verify(std::string_view token, const keyring& keys, const verification& known);

}  // namespace mesh::capability
