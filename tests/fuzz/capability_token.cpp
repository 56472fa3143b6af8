#include "core/base/limits.hpp"
#include "core/capability/access_token.hpp"
#include "core/capability/jws.hpp"
#include "core/capability/token.hpp"
#include "tests/fuzz/targets.hpp"

namespace mesh::fuzz {
namespace {

// Fits the seed token, so that a mutation of its claims gets past the checks it does not touch.
capability::verification target() {
  capability::verification known;
  known.now = from_unix_seconds(1'767'567'600);
  known.own_device_id = device_id("device-b");
  known.own_key_sha256 = std::string(64, 'b');
  known.peer_key_sha256 = std::string(64, 'a');
  return known;
}

void check(const capability::claims& c) {
  const auto known = target();
  require(c.target.device_id == known.own_device_id && c.target.key_sha256 == known.own_key_sha256 &&
              c.initiator.key_sha256 == known.peer_key_sha256,
          "a token is for these two devices");
  require(c.exp - c.iat >= 60 && c.exp - c.iat <= 180, "a token lives 60 to 180 s");
  require(c.allows(capability::cap_of(c.kind)), "a token allows its kind");
  const auto again = capability::claims_from_json(capability::claims_json(c));
  require(again && *again == c, "claims survive rendering");
}

}  // namespace

void capability_token(bytes_view data) {
  static const auto key = crypto::signing_key::from_seed(bytes(32, std::byte{1})).value();
  static const auto unused_key = crypto::signing_key::from_seed(bytes(32, std::byte{2})).value();
  static const capability::keyring keys(key.verifier());
  static const capability::keyring other_keys(unused_key.verifier());

  require(!capability::verify(as_text(data), other_keys, target()), "nobody signed this");
  require(!capability::verify_access_token(as_text(data), other_keys, target().now), "nobody signed this");

  const auto value = wire::parse_json(as_text(data), limits::token_bytes_max);
  if (!value || !value->is_object()) return;
  const auto token = capability::sign_jws(capability::capability_type, value->get_object(), key);
  if (const auto c = capability::verify(token.reveal(), keys, target())) check(*c);
}

}  // namespace mesh::fuzz
