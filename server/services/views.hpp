// Models as the wire shows them.
#pragma once
#include "core/wire/rest_bodies.hpp"
#include "server/services/context.hpp"

namespace mesh::services {

wire::user_info view(const models::user& user);
wire::login_info view(const models::login& login, const login_id& current);
wire::message_info view(const models::message& message);
wire::p2p_session_info view(const models::p2p_session& session);
wire::device_info view(const context& c, const models::device& device, std::string_view username,
                       const user_id& viewer);
// With the members, as one of them sees it.
wire::room_info view(context& c, const models::room& room, const user_id& viewer);
// The keys with which this server signs capability tokens.
std::vector<wire::signing_key_info> signing_keys(const context& c);

// The word of a role, and back. Errors: field_invalid.
std::string word_of(models::role role);
result<models::role> role_of(std::string_view word, std::string_view field);

}  // namespace mesh::services
