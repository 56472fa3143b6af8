// The first words of a session (contract, section 6): P2P_HELLO, judged, and P2P_OK or P2P_DENY. No I/O.
#pragma once
#include "agent/p2p/connection.hpp"
#include "agent/p2p/session_cache.hpp"
#include "core/capability/claims.hpp"
#include "core/capability/keyring.hpp"
#include "core/capability/replay_guard.hpp"
#include "core/wire/p2p_message.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mesh::p2p {

inline constexpr std::int64_t protocol_version = 1;
// Its context is the session id.
inline constexpr std::string_view binding_label = "EXPORTER-mesh-hello";

// What the target knows of itself and of the connection on which a P2P_HELLO came. peer_key_sha256: what TLS
// proved, or what an earlier P2P_HELLO of a browser did; empty before that. binding: of the session that the
// message names. challenge: of a browser's connection.
struct hello_context {
  mesh::device_id own_device;
  std::string own_key_sha256;
  std::string peer_key_sha256;
  channel_binding binding{};
  std::optional<key_challenge> challenge;
  std::vector<wire::session_kind> kinds;
  wall_time server_now;
};

// The target's verdict; takes note of the token in used, which must be saved before the verdict is told.
// Errors: version_unsupported; session_unknown (not announced, expired, with another device, or this device
// is not its target); binding_mismatch, also for a browser's proof that does not fit; kind_unknown; those of
// capability::verify; token_claims when the token says otherwise than the announcement; token_replayed.
result<capability::claims> judge_hello(const wire::p2p_hello& hello, const hello_context& context,
                                       const session_cache& announced, const capability::keyring& keys,
                                       capability::replay_guard& used);

// What a browser signs in the proof of its P2P_HELLO (contract, section 6b).
bytes proof_text(const mesh::session_id& session, const key_challenge& challenge);

wire::p2p_hello make_hello(const announced_session& session, const channel_binding& binding);
wire::p2p_deny make_deny(const std::optional<mesh::session_id>& session, const error& reason);

// The initiator's side after P2P_HELLO: success on P2P_OK of this session. Errors: the code of P2P_DENY, or
// unexpected_message.
result<void> judge_answer(const wire::p2p_message& answer, const mesh::session_id& session);

// Whether a stream of this purpose may be opened in a session of this kind.
bool purpose_fits(wire::session_kind kind, std::string_view purpose) noexcept;

}  // namespace mesh::p2p
