// Who types into a shared terminal: asks are passed to its sharer, leases are arbitrated one at a time, and
// both sides are told. The sharer's agent lets nobody type whom its sharer did not allow, whatever is said
// here.
#pragma once
#include "server/models/terminal_lease.hpp"
#include "server/services/realtime.hpp"

namespace mesh::services {

// terminal.control.request of a viewer, to the machine that shares. Errors: session_unknown, forbidden,
// capability_denied, peer_offline.
result<outcome<event_reply>> ask_for_keyboard(context& c, const models::caller& caller,
                                              const wire::event& event);
// terminal.control.granted of the machine that shares, to a viewer whose role allows it. Both hear of the new
// lease with its epoch; the lease before is revoked. epoch: the newest that the machine knows. Errors:
// session_unknown, forbidden, capability_denied, field_*.
result<outcome<event_reply>> grant_keyboard(context& c, const models::caller& caller,
                                            const wire::event& event);
// terminal.control.denied of the machine that shares. Errors: session_unknown, forbidden.
result<outcome<event_reply>> deny_keyboard(context& c, const models::caller& caller,
                                           const wire::event& event);
// terminal.control.revoked of the machine that shares, of the viewer who gives it back, or of an owner of the
// room. Errors: session_unknown, forbidden.
result<outcome<event_reply>> revoke_keyboard(context& c, const models::caller& caller,
                                             const wire::event& event);

// -- what ends a lease without anybody asking for it; reason: machine word

void end_lease(context& c, const models::terminal_lease& lease, std::string_view reason,
               models::effects& effects);
// Those of a session that ends, or whose viewer may type no longer.
void end_leases(context& c, const session_id& session, std::string_view reason, models::effects& effects);

}  // namespace mesh::services
