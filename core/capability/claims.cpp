#include "core/capability/claims.hpp"

#include <algorithm>

namespace mesh::capability {
namespace {

constexpr std::size_t jti_chars_max = 64;
// Times are added to and compared; this bound (year 9999) keeps the arithmetic away from overflow.
constexpr std::int64_t unix_seconds_max = 253'402'300'799;

bool is_fingerprint(std::string_view text) {
  return text.size() == 64 &&
         std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

bool well_formed(const party& p) {
  return valid(p.peer_id) && valid_device_id(p.device_id.str()) && is_fingerprint(p.key_sha256);
}

bool known_and_distinct(const std::vector<std::string>& caps) {
  for (auto it = caps.begin(); it != caps.end(); ++it)
    if (std::ranges::find(all_caps, *it) == all_caps.end() || std::find(caps.begin(), it, *it) != it)
      return false;
  return !caps.empty();
}

bool in_time_range(std::int64_t seconds) {
  return seconds >= 0 && seconds <= unix_seconds_max;
}

bool well_formed(const claims& c) {
  return !c.iss.empty() && !c.jti.empty() && c.jti.size() <= jti_chars_max && in_time_range(c.iat) &&
         in_time_range(c.exp) && valid(c.session_id) && (!c.room_id || valid(*c.room_id)) &&
         well_formed(c.initiator) && well_formed(c.target) && known_and_distinct(c.caps) &&
         (!c.target_peer_id || *c.target_peer_id == c.target.peer_id);
}

}  // namespace

std::string_view cap_of(wire::session_kind kind) noexcept {
  switch (kind) {
    case wire::session_kind::file:
      return "share:file";
    case wire::session_kind::folder:
      return "share:folder";
    case wire::session_kind::terminal:
      return "terminal:view";
    case wire::session_kind::call:
      return "call";
    case wire::session_kind::screen:
      return "screen";
  }
  return {};
}

bool claims::allows(std::string_view cap) const noexcept {
  return std::ranges::find(caps, cap) != caps.end();
}

wire::json_object claims_json(const claims& c) {
  auto object = wire::to_json(c).as_object();
  // Always written, null between devices of one user: absence is refused.
  if (!c.room_id) object.emplace("room_id", nullptr);
  return object;
}

result<claims> claims_from_json(const wire::json_object& object) {
  for (const auto& entry : object)
    if (entry.value().is_null() && entry.key() != "room_id")
      return fail(errc::token_claims, "a claim of the token is null");
  if (!object.contains("room_id")) return fail(errc::token_claims, "\"room_id\" is missing");
  auto c = wire::from_json<claims>(object, wire::unknown_keys::refuse);
  if (!c) return fail(errc::token_claims, c.error().detail);
  if (!well_formed(*c)) return fail(errc::token_claims, "a claim of the token is not of its form");
  return c;
}

}  // namespace mesh::capability
