// Sessions between two devices: who may open one, the token that says so, renewing and revoking.
#pragma once
#include "core/wire/payloads.hpp"
#include "server/services/session_activities.hpp"
#include "server/services/sign_in.hpp"

namespace mesh::services {

// Everything that follows from opening a session. The target must acknowledge to_target before the initiator
// hears of it; without an acknowledgement the session is dropped (drop_session).
struct opened_session {
  wire::p2p_session_answer answer;
  device_id initiator;
  device_id target;
  wire::event to_target;              // p2p.session.created, role "target"
  wire::event to_initiator;           // p2p.session.created, role "initiator"
  models::session_activity activity;  // from the acknowledgement on
};
// Errors: kind_unknown, ttl_out_of_range, field_invalid, not_found (target), room_not_common, room_required,
// capability_denied, initiator_device_required, same_device, peer_offline, device_without_key.
result<outcome<opened_session>> open_session(context& c, const models::caller& caller,
                                             const wire::p2p_session_request& request);
// Forgets a session nobody was told of.
result<outcome<nothing>> drop_session(context& c, const session_id& id);

result<wire::p2p_session_list> list_sessions(context& c, const models::caller& caller);
// A fresh token with the rights of this moment. caller.device must take part. Errors: session_unknown,
// capability_denied, room_not_common (then the session is revoked as well: refused is part of the reply).
struct renewed_session {
  std::optional<error> refused;
  wire::p2p_session_renewed renewed;
};
result<outcome<renewed_session>> renew_session(context& c, const models::caller& caller,
                                               const session_id& id);
// Whether a session's page may meet its machine at the relay. until: the session is over then unless renewed.
// payer: whose quota it is. Errors: session_unknown, capability_denied (also when it is not a page and an
// agent), peer_offline.
struct relay_permit {
  device_id target;
  std::string public_key;  // of the target
  user_id payer;
  wall_time until;
};
result<relay_permit> permit_relay(context& c, const models::caller& caller, const session_id& id);
// By either side, at its normal end or to stop it: both hear p2p.session.revoked. Errors: session_unknown.
result<outcome<nothing>> close_session(context& c, const models::caller& caller, const session_id& id,
                                       std::string_view reason);

// The caps that a token of this session would hold now; empty when it is not allowed any more.
std::vector<std::string> caps_now(context& c, const models::p2p_session& session);

// p2p.session.revoked to both people, and the row goes. reason: machine word.
void revoke_session(context& c, const models::p2p_session& session, std::string_view reason,
                    models::effects& effects);
// Revokes the sessions of a room that its roles and grid no longer allow, and the keyboards of terminals.
void revoke_ungranted(context& c, const room_id& room, models::effects& effects);

}  // namespace mesh::services
