#include "server/services/session_activities.hpp"

#include "core/wire/p2p_bodies.hpp"

namespace mesh::services {

models::session_activity activity_of_open(const models::p2p_session& s) {
  if (s.kind == wire::word_of(wire::session_kind::call)) return activity_of_ended(s);
  return {s.id, {}, {s.sender == "initiator" ? s.initiator_device : s.target_device}, s.expires_at};
}

models::session_activity activity_of_running(const models::p2p_session& s) {
  if (s.kind != wire::word_of(wire::session_kind::call)) return activity_of_open(s);
  return {s.id, {s.initiator_device, s.target_device}, {}, s.expires_at};
}

models::session_activity activity_of_ended(const models::p2p_session& s) {
  return {s.id, {}, {}, s.expires_at};
}

}  // namespace mesh::services
