#include "server/services/views.hpp"

namespace mesh::services {

wire::user_info view(const models::user& user) {
  return {user.id, user.username, format_rfc3339(user.created_at), user.password_hash.has_value()};
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
  wire::room_info info{room.id, room.name, "room", "", format_rfc3339(room.created_at), room.last_seq, {}};
  for (const auto& m : c.tx.rooms().members(room.id)) {
    if (m.user == viewer) info.role = word_of(m.role);
    info.members.push_back({m.user, m.username, word_of(m.role), c.presence.online(m.user)});
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
