// What a capability token says (contract, section 5): who may do what with whom, in one session, for one
// short time.
#pragma once
#include "core/base/clock.hpp"
#include "core/base/error.hpp"
#include "core/base/id.hpp"
#include "core/wire/json.hpp"
#include "core/wire/p2p_bodies.hpp"

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mesh::capability {

// One device of a session. peer_id: the user. key_sha256: fingerprint of the device key.
struct party {
  mesh::user_id peer_id;
  mesh::device_id device_id;
  std::string key_sha256;

  bool operator==(const party&) const = default;
};
BOOST_DESCRIBE_STRUCT(party, (), (peer_id, device_id, key_sha256))

enum class role { initiator, target };
BOOST_DESCRIBE_ENUM(role, initiator, target)

// Every word that caps may hold.
inline constexpr auto all_caps = std::to_array<std::string_view>(
    {"call", "screen", "share:file", "share:folder", "terminal:view", "terminal:control", "sync", "tunnel"});

// The one a session of this kind cannot do without.
std::string_view cap_of(wire::session_kind kind) noexcept;

// iat, exp: Unix seconds. room_id: null between devices of one user. sender: who sends the content. caps:
// those of the receiver or viewer, whichever side presents the token. max_size in bytes, max_rate in bytes
// per second.
struct claims {
  std::string iss;
  std::string jti;
  std::int64_t iat = 0;
  std::int64_t exp = 0;
  mesh::session_id session_id;
  std::optional<mesh::room_id> room_id;
  wire::session_kind kind = wire::session_kind::file;
  party initiator;
  party target;
  role sender = role::initiator;
  std::vector<std::string> caps;
  std::optional<mesh::user_id> target_peer_id;
  std::optional<std::uint64_t> max_size;
  std::optional<std::uint64_t> max_rate;

  const party& side(role who) const noexcept { return who == role::initiator ? initiator : target; }
  bool allows(std::string_view cap) const noexcept;
  wall_time expires() const { return from_unix_seconds(exp); }
  bool operator==(const claims&) const = default;
};
BOOST_DESCRIBE_STRUCT(claims, (),
                      (iss, jti, iat, exp, session_id, room_id, kind, initiator, target, sender, caps,
                       target_peer_id, max_size, max_rate))

wire::json_object claims_json(const claims& c);
// Exactly the claims of the contract: one too many, one missing, or one of another type or shape is
// token_claims.
result<claims> claims_from_json(const wire::json_object& object);

}  // namespace mesh::capability
