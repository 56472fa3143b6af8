// What a session between two devices makes them look like: who shares, who is in a call.
#pragma once
#include "server/models/p2p_session.hpp"
#include "server/models/session_activity.hpp"

namespace mesh::services {

// The target has acknowledged: whoever sends, shares. A call only rings.
models::session_activity activity_of_open(const models::p2p_session& session);
// Renewed, or an rtc.answer was passed on: both sides of a call are in it.
models::session_activity activity_of_running(const models::p2p_session& session);
models::session_activity activity_of_ended(const models::p2p_session& session);

}  // namespace mesh::services
