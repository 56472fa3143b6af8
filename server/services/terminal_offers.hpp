// Which terminals can be looked at, and who hears of them. Nothing of it is kept in the database: an agent
// announces its terminals whenever it connects, and they go with its connection.
#pragma once
#include "core/wire/terminal_bodies.hpp"
#include "server/services/realtime.hpp"

#include <string_view>
#include <vector>

namespace mesh::services {

// terminal.shared of an agent: to everybody who may look, and remembered with the agent's connection. The end
// of a terminal ends its lease; an agent that announces one anew hears of a lease that ended meanwhile.
// Errors: field_*, forbidden for what is no agent, not_member (room_id, to_user_id), busy above
// limits::terminals_max.
result<outcome<event_reply>> share_terminal(context& c, const models::caller& caller,
                                            const wire::event& event);

// Those that the caller may look at now, the caller's own included.
result<wire::terminal_list> list_terminals(context& c, const models::caller& caller);

// The connection that announced them is gone: the same people hear that they are.
models::effects end_terminals(context& c, const models::caller& sharer,
                              std::vector<wire::terminal_offer> terminals);

// Another one has its keyboard, or nobody has: those who may look hear of it, when it is shared still.
void tell_terminal(context& c, const device_id& device, std::string_view name, models::effects& effects);

}  // namespace mesh::services
