#include "core/capability/token.hpp"

#include "core/base/limits.hpp"
#include "core/capability/jws.hpp"

namespace mesh::capability {
namespace {

result<void> check_time(const claims& c, wall_time now) {
  const auto issued = from_unix_seconds(c.iat);
  const auto life = c.expires() - issued;
  if (life < limits::capability_life_min || life > limits::capability_life_max)
    return fail(errc::token_lifetime, "the token is valid for too short or too long a time");
  if (now + limits::clock_skew_max < issued)
    return fail(errc::token_not_yet_valid, "the token is from the future");
  if (now >= c.expires() + limits::clock_skew_max) return fail(errc::token_expired, "the token has expired");
  return {};
}

result<void> check_parties(const claims& c, const verification& known) {
  const auto& own = c.side(known.own_role);
  const auto& peer = c.side(known.own_role == role::initiator ? role::target : role::initiator);
  if (own.device_id != known.own_device_id || own.key_sha256 != known.own_key_sha256)
    return fail(errc::token_wrong_peer, "the token is made out for another device");
  if (peer.key_sha256 != known.peer_key_sha256)
    return fail(errc::token_wrong_peer, "the token is made out to a device with another key");
  return {};
}

}  // namespace

secret issue(const claims& c, const crypto::signing_key& key) {
  return sign_jws(capability_type, claims_json(c), key);
}

result<claims> verify(std::string_view token, const keyring& keys, const verification& known) {
  const auto payload = open_jws(token, capability_type, keys);
  if (!payload) return std::unexpected(payload.error());
  auto c = claims_from_json(*payload);
  if (!c) return c;
  if (c->iss != issuer) return fail(errc::token_claims, "the token is not from a Mesh server");
  if (auto good = check_time(*c, known.now); !good) return pass(good);
  if (auto good = check_parties(*c, known); !good) return pass(good);
  if (known.session_id && c->session_id != *known.session_id)
    return fail(errc::token_wrong_session, "the token belongs to another session");
  if (known.kind && c->kind != *known.kind)
    return fail(errc::token_wrong_kind, "the token is for a session of another kind");
  if (!c->allows(cap_of(c->kind)))
    return fail(errc::capability_denied, "the token does not allow what its session is for");
  return c;
}

}  // namespace mesh::capability
