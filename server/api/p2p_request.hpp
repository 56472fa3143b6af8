// Opening a session between two devices: decide, tell the target, wait for its acknowledgement, tell the
// initiator.
#pragma once
#include "server/api/backend.hpp"
#include "server/services/p2p_sessions.hpp"

namespace mesh::api {

// The answer of POST /api/p2p/sessions, once the target has acknowledged and the initiator's device was told.
// Errors: those of services::open_session; peer_offline also when the target did not answer in time,
// session_revoked when the right to it ended meanwhile.
io::task<result<wire::p2p_session_answer>> request_session(backend& with, models::caller caller,
                                                           wire::p2p_session_request request);

// The same for a p2p.session.request on a WebSocket. The reply (p2p.session.created, reply_to set) goes to
// the asking connection; another device that was named as initiator has been told. Field names carry
// "payload.".
io::task<result<wire::event>> request_session(backend& with, models::caller caller, wire::event event);

}  // namespace mesh::api
