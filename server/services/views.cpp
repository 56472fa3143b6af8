#include "server/services/views.hpp"

namespace mesh::services {
namespace {

// The other person's name, also when they left.
std::string direct_name(context& c, const models::room& room, const user_id& viewer) {
  const auto& key = room.direct_key.value_or("");
  const auto split = key.find(':');
  if (split == std::string::npos) return room.name;
  const user_id first(key.substr(0, split));
  const auto other = c.tx.users().find(first == viewer ? user_id(key.substr(split + 1)) : first);
  return other ? other->username : std::string(models::deleted_username);
}

}  // namespace

wire::user_info view(const models::user& user) {
  wire::user_info info{user.id, user.username, format_rfc3339(user.created_at),
                       user.password_hash.has_value()};
  if (user.guest) info.guest = true;
  return info;
}

wire::login_info view(const models::login& login, const login_id& current) {
  return {login.id,
          wire::word_of(login.kind),
          login.device,
          login.user_agent,
          login.ip,
          format_rfc3339(login.created_at),
          format_rfc3339(login.last_seen_at),
          login.id == current};
}

wire::message_info view(const models::message& m) {
  return {m.id, m.room, m.seq, m.user, m.username, m.text, m.client_id, format_rfc3339(m.created_at)};
}

wire::p2p_session_info view(const models::p2p_session& s) {
  return {s.id,
          s.kind,
          s.room,
          s.initiator_device,
          s.target_device,
          format_rfc3339(s.created_at),
          format_rfc3339_seconds(s.expires_at)};
}

wire::device_info view(const context& c, const models::device& d, std::string_view username,
                       const user_id& viewer) {
  wire::device_info info;
  info.device_id = d.id;
  info.user_id = d.user;
  info.username = username;
  info.kind = wire::word_of(d.kind);
  info.name = d.name;
  info.key_sha256 = d.key_sha256;
  info.public_key = d.public_key;
  info.online = c.presence.find(d.id, d.user) != nullptr;
  if (d.last_seen_at) info.last_seen_at = format_rfc3339(*d.last_seen_at);
  info.created_at = format_rfc3339(d.created_at);
  info.own = d.user == viewer;
  return info;
}

wire::room_info view(context& c, const models::room& room, const user_id& viewer) {
  wire::room_info info;
  info.id = room.id;
  info.name = room.name;
  info.kind = wire::word_of(room.kind);
  info.created_at = format_rfc3339(room.created_at);
  info.last_seq = room.last_seq;
  info.locked = room.locked;
  if (room.kind == models::room_kind::direct) info.name = direct_name(c, room, viewer);
  for (const auto& m : c.tx.rooms().members(room.id)) {
    if (m.user == viewer) info.role = word_of(m.role);
    info.members.push_back({m.user, m.username, word_of(m.role), c.presence.online(m.user)});
  }
  if (info.role == word_of(models::role::guest)) return info;
  for (const auto& guest : c.tx.rooms().waiting(room.id)) {
    if (!info.waiting) info.waiting.emplace();
    info.waiting->push_back({guest.user, guest.username, format_rfc3339(guest.since)});
  }
  return info;
}

std::vector<wire::signing_key_info> signing_keys(const context& c) {
  const auto& key = c.keys.capability.verifier();
  return {{key.kid(), to_base64url(key.spki())}};
}

std::string word_of(models::role role) {
  return wire::word_of(role);
}

result<models::role> role_of(std::string_view word, std::string_view field) {
  for (const auto role : {models::role::owner, models::role::member, models::role::guest})
    if (word_of(role) == word) return role;
  return fail(errc::field_invalid, "a role is \"owner\", \"member\" or \"guest\"", std::string(field));
}

}  // namespace mesh::services
