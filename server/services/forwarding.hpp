// Events that one client sends to others through the server.
#pragma once
#include "server/services/realtime.hpp"

namespace mesh::services {

// rtc.* to "user:ID", "device:NAME" or "room:ID" of somebody who shares a room with the
// sender, or to the sender's own devices. from is set by the server, so it can be believed. Errors: field_*,
// room_not_common, not_member, not_found, peer_offline.
result<outcome<event_reply>> forward(context& c, const models::caller& caller, const wire::event& event);

// p2p.candidates of the caller's device: to the other side of the named session, or of all its sessions.
// Errors: field_*, session_unknown, forbidden without a device.
result<outcome<event_reply>> update_candidates(context& c, const models::caller& caller,
                                               const wire::event& event);

}  // namespace mesh::services
