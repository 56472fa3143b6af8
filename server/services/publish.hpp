// Puts events among the effects of a service. A durable one is written to each receiver's log at once, so
// that it is committed with what it tells about.
#pragma once
#include "core/wire/payloads.hpp"
#include "server/services/context.hpp"

#include <string_view>
#include <vector>

namespace mesh::services {

// id, timestamp, from "server".
wire::event make_event(const context& c, std::string_view type, wire::json_object payload);

void publish(const context& c, models::effects& effects, std::string_view type, wire::json_object payload,
             std::vector<user_id> users);
void publish_durable(context& c, models::effects& effects, std::string_view type, wire::json_object payload,
                     std::vector<user_id> users);

// Everybody in the room, and everybody but one.
std::vector<user_id> members_of(context& c, const room_id& room);
std::vector<user_id> others_of(context& c, const room_id& room, const user_id& except);
// The user and all who share a room with them.
std::vector<user_id> with_peers(context& c, const user_id& user);

void append(models::effects& to, models::effects from);

}  // namespace mesh::services
