// What an agent tells the pages of its own person about its transfers and shared terminals, and what those
// pages ask of it. Nobody else hears any of it, and nothing of it is kept.
#pragma once
#include "server/services/realtime.hpp"

namespace mesh::services {

// share.offered | accepted | rejected | progress | done | failed | listed and terminal.managed of an agent:
// to every page of its person. Errors: field_*, forbidden for what is no agent or names somebody else,
// peer_offline when no page is open.
result<outcome<event_reply>> report_to_pages(context& c, const models::caller& caller,
                                             const wire::event& event);

// share.control of a page, to "device:NAME" of the same person. Errors: field_*, forbidden for an agent and
// for other people's devices, not_found, peer_offline.
result<outcome<event_reply>> control_transfer(context& c, const models::caller& caller,
                                              const wire::event& event);

// terminal.manage of a page, likewise.
result<outcome<event_reply>> manage_terminal(context& c, const models::caller& caller,
                                             const wire::event& event);

}  // namespace mesh::services
