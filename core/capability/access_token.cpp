#include "core/capability/access_token.hpp"

#include "core/base/limits.hpp"
#include "core/capability/jws.hpp"
#include "core/capability/token.hpp"

namespace mesh::capability {
namespace {

struct body {
  std::string iss;
  mesh::user_id sub;
  mesh::login_id login;
  std::optional<mesh::device_id> device;
  std::int64_t iat = 0;
  std::int64_t exp = 0;
};
BOOST_DESCRIBE_STRUCT(body, (), (iss, sub, login, device, iat, exp))

constexpr std::int64_t unix_seconds_max = 253'402'300'799;  // year 9999: no overflow in what follows

bool well_formed(const body& b) {
  const auto in_range = [](std::int64_t seconds) { return seconds >= 0 && seconds <= unix_seconds_max; };
  return b.iss == issuer && valid(b.sub) && valid(b.login) &&
         (!b.device || valid_device_id(b.device->str())) && in_range(b.iat) && in_range(b.exp);
}

}  // namespace

secret issue_access_token(const access_claims& c, const crypto::signing_key& key) {
  const body b{std::string(issuer),    c.user, c.login, c.device, unix_seconds(c.issued),
               unix_seconds(c.expires)};
  return sign_jws(access_token_type, wire::to_json(b).as_object(), key);
}

result<access_claims> verify_access_token(std::string_view token, const keyring& keys, wall_time now) {
  auto payload = open_jws(token, access_token_type, keys);
  if (!payload) return pass(payload);
  const auto b = wire::from_json<body>(std::move(*payload), wire::unknown_keys::refuse);
  if (!b) return fail(errc::token_claims, b.error().detail);
  if (!well_formed(*b)) return fail(errc::token_claims, "a claim of the token is not of its form");
  access_claims c{b->sub, b->login, b->device, from_unix_seconds(b->iat), from_unix_seconds(b->exp)};
  if (c.expires - c.issued > limits::access_token_life)
    return fail(errc::token_lifetime, "the token is valid for too long a time");
  if (now + limits::clock_skew_max < c.issued)
    return fail(errc::token_not_yet_valid, "the token is from the future");
  if (now >= c.expires) return fail(errc::token_expired, "the token has expired");
  return c;
}

}  // namespace mesh::capability
