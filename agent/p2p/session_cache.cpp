#include "agent/p2p/session_cache.hpp"

#include "core/base/limits.hpp"
#include "core/capability/jws.hpp"
#include "core/capability/token.hpp"

#include <algorithm>

namespace mesh::p2p {
namespace {

bool expired(const announced_session& s, wall_time now) {
  return now >= s.expires + limits::clock_skew_max;
}

}  // namespace

result<announced_session> announced_by_event(const wire::p2p_session_created& event) {
  const auto kind = wire::from_json<wire::session_kind>(wire::json_value(event.kind));
  if (!kind) return fail(errc::kind_unknown, "sessions of this kind are not known here", "kind");
  const auto expires = parse_rfc3339(event.expires_at);
  if (!expires) return fail(errc::field_invalid, "expires_at is not a time", "expires_at");
  if (event.role != "initiator" && event.role != "target")
    return fail(errc::field_invalid, "role is initiator or target", "role");
  return announced_session{
      .id = event.session_id,
      .kind = *kind,
      .own_role = event.role == "initiator" ? capability::role::initiator : capability::role::target,
      .peer = {event.peer.user_id, event.peer.device_id, event.peer.key_sha256},
      .room = event.room_id,
      .token = secret(event.session_token),
      .expires = *expires,
      .origin = event.origin};
}

result<announced_session> announced_by_token(secret token, const capability::keyring& keys,
                                             const mesh::session_id& session,
                                             const mesh::device_id& own_device,
                                             const std::string& own_key_sha256, wall_time server_now) {
  // The token itself says which key the peer must prove: that is what the server's signature is for.
  const auto payload = capability::open_jws(token.reveal(), capability::capability_type, keys);
  if (!payload) return std::unexpected(payload.error());
  const auto named = capability::claims_from_json(*payload);
  if (!named) return std::unexpected(named.error());
  auto claims = capability::verify(token.reveal(), keys,
                                   {.now = server_now,
                                    .own_role = capability::role::initiator,
                                    .own_device_id = own_device,
                                    .own_key_sha256 = own_key_sha256,
                                    .peer_key_sha256 = named->target.key_sha256,
                                    .session_id = session,
                                    .kind = {}});
  if (!claims) return pass(claims);
  return announced_session{.id = session,
                           .kind = claims->kind,
                           .own_role = capability::role::initiator,
                           .peer = claims->target,
                           .room = claims->room_id,
                           .token = std::move(token),
                           .expires = claims->expires()};
}

void session_cache::add(announced_session session, wall_time now) {
  purge(now);
  const bool known = sessions_.contains(session.id);
  if (!known && sessions_.size() >= limits::sessions_cached_max)
    sessions_.erase(
        std::ranges::min_element(sessions_, {}, [](const auto& entry) { return entry.second.expires; }));
  auto id = session.id;
  sessions_.insert_or_assign(std::move(id), std::move(session));
}

const announced_session* session_cache::find(const mesh::session_id& id, wall_time now) const {
  const auto found = sessions_.find(id);
  return found == sessions_.end() || expired(found->second, now) ? nullptr : &found->second;
}

void session_cache::remove(const mesh::session_id& id) {
  sessions_.erase(id);
}

bool session_cache::has_peer(std::string_view key_sha256, wall_time now) const {
  return std::ranges::any_of(sessions_, [&](const auto& entry) {
    return entry.second.peer.key_sha256 == key_sha256 && !expired(entry.second, now);
  });
}

bool session_cache::has_origin(std::string_view origin, wall_time now) const {
  return std::ranges::any_of(sessions_, [&](const auto& entry) {
    return !expired(entry.second, now) && entry.second.origin == origin;
  });
}

bool session_cache::empty(wall_time now) const {
  return std::ranges::all_of(sessions_, [&](const auto& entry) { return expired(entry.second, now); });
}

void session_cache::purge(wall_time now) {
  std::erase_if(sessions_, [&](const auto& entry) { return expired(entry.second, now); });
}

}  // namespace mesh::p2p
