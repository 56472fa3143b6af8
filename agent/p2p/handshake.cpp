#include "agent/p2p/handshake.hpp"

#include "core/capability/token.hpp"
#include "core/crypto/p256.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace mesh::p2p {
namespace {

std::unexpected<error> unknown() {
  return fail(errc::session_unknown, "no such session was announced to this device");
}

bool same_binding(const wire::p2p_hello& hello, const channel_binding& own) {
  const auto claimed = from_base64url(hello.binding.value_or(""));
  return claimed && equal_constant_time(*claimed, own);
}

// key_sha256 of the key that answered the challenge; empty when none did.
std::string proven_key(const wire::p2p_hello& hello, const key_challenge& challenge) {
  const auto der = from_base64url(hello.public_key.value_or(""));
  const auto proof = from_base64url(hello.proof.value_or(""));
  if (!der || !proof) return {};
  const auto key = crypto::p256_public_key::from_spki(*der);
  if (!key || !key->verify(proof_text(hello.session_id, challenge), *proof)) return {};
  return key->fingerprint();
}

// The server told both devices about the session; a token that says otherwise was made for something else.
bool fits(const capability::claims& c, const announced_session& announced) {
  return c.initiator == announced.peer && c.room_id == announced.room;
}

}  // namespace

result<capability::claims> judge_hello(const wire::p2p_hello& hello, const hello_context& context,
                                       const session_cache& announced, const capability::keyring& keys,
                                       capability::replay_guard& used) {
  if (hello.version != protocol_version)
    return fail(errc::version_unsupported, fmt::format("this device speaks version {}", protocol_version));
  const auto* const known = announced.find(hello.session_id, context.server_now);
  if (known == nullptr || known->own_role != capability::role::target) return unknown();
  const auto peer_key = context.challenge ? proven_key(hello, *context.challenge) : context.peer_key_sha256;
  // One connection is one browser's, as it is one agent's.
  const bool another = !context.peer_key_sha256.empty() && peer_key != context.peer_key_sha256;
  const bool bound = context.challenge ? !peer_key.empty() && !another : same_binding(hello, context.binding);
  if (!context.challenge && known->peer.key_sha256 != peer_key) return unknown();
  if (!bound)
    return fail(errc::binding_mismatch, "the token was not presented by the other end of this connection");
  if (known->peer.key_sha256 != peer_key) return unknown();
  if (std::ranges::find(context.kinds, known->kind) == context.kinds.end())
    return fail(errc::kind_unknown, "this device does not serve sessions of this kind");
  auto claims = capability::verify(hello.token, keys,
                                   {.now = context.server_now,
                                    .own_role = capability::role::target,
                                    .own_device_id = context.own_device,
                                    .own_key_sha256 = context.own_key_sha256,
                                    .peer_key_sha256 = peer_key,
                                    .session_id = hello.session_id,
                                    .kind = known->kind});
  if (!claims) return claims;
  if (!fits(*claims, *known))
    return fail(errc::token_claims, "the token differs from what the server announced");
  if (auto fresh = used.accept(*claims, context.server_now); !fresh) return pass(fresh);
  return claims;
}

bytes proof_text(const mesh::session_id& session, const key_challenge& challenge) {
  bytes out;
  for (const auto part : {as_bytes("mesh-hello/1"), as_bytes(session.str()), bytes_view(challenge.nonce),
                          bytes_view(challenge.certificate_sha256)})
    out.insert(out.end(), part.begin(), part.end());
  return out;
}

wire::p2p_hello make_hello(const announced_session& session, const channel_binding& binding) {
  return {.session_id = session.id,
          .token = std::string(session.token.reveal()),
          .version = protocol_version,
          .binding = to_base64url(binding),
          .public_key = {},
          .proof = {}};
}

wire::p2p_deny make_deny(const std::optional<mesh::session_id>& session, const error& reason) {
  return {.session_id = session, .code = std::string(word(reason.code)), .message = reason.detail};
}

result<void> judge_answer(const wire::p2p_message& answer, const mesh::session_id& session) {
  if (const auto* ok = std::get_if<wire::p2p_ok>(&answer)) {
    if (ok->session_id != session) return fail(errc::unexpected_message, "P2P_OK for another session");
    if (ok->version != protocol_version) return fail(errc::version_unsupported, "P2P_OK of another version");
    return {};
  }
  if (const auto* deny = std::get_if<wire::p2p_deny>(&answer))
    return fail(code_of(deny->code), deny->message);
  return fail(errc::unexpected_message, fmt::format("{} instead of P2P_OK", wire::type_of(answer)));
}

bool purpose_fits(wire::session_kind kind, std::string_view purpose) noexcept {
  if (purpose == "ping") return true;
  switch (kind) {
    case wire::session_kind::file:
      return purpose == "file";
    case wire::session_kind::folder:
      return purpose == "folder" || purpose == "file" || purpose == "get";
    case wire::session_kind::terminal:
      return purpose == "terminal";
    case wire::session_kind::call:
      return purpose == "call";
    case wire::session_kind::screen:
      return purpose == "screen";
  }
  return false;
}

}  // namespace mesh::p2p
