// Access tokens: what a signed-in client shows the server, for 15 minutes (RFC 9068 without what Mesh does
// not use).
#pragma once
#include "core/base/clock.hpp"
#include "core/base/error.hpp"
#include "core/base/id.hpp"
#include "core/base/secret.hpp"
#include "core/capability/keyring.hpp"

#include <optional>
#include <string_view>

namespace mesh::capability {

inline constexpr std::string_view access_token_type = "at+jwt";

// device: of a login that is bound to a device. issued and expires are whole seconds on the wire.
struct access_claims {
  mesh::user_id user;
  mesh::login_id login;
  std::optional<mesh::device_id> device;
  wall_time issued;
  wall_time expires;
};

// The key must not be the one that signs capability tokens: a token of one kind never passes as the other,
// even if a check of the type were lost.
secret issue_access_token(const access_claims& c, const crypto::signing_key& key);

// Errors: those of open_jws, token_claims, token_lifetime (above 15 minutes), token_not_yet_valid,
// token_expired.
result<access_claims> verify_access_token(std::string_view token, const keyring& keys, wall_time now);

}  // namespace mesh::capability
