// The routes by subject. Each function returns its part of the table.
#pragma once
#include "server/api/route.hpp"

#include <vector>

namespace mesh::api {

std::vector<route> auth_routes();     // /api/auth/*, the account
std::vector<route> device_routes();   // /api/devices, enrolment and device codes
std::vector<route> room_routes();     // /api/rooms/*, invitations
std::vector<route> message_routes();  // chat over REST
std::vector<route> p2p_routes();      // /api/p2p/sessions, /api/terminals
std::vector<route> server_routes();   // /api/server, /health, /ready, /metrics; not /api/openapi.json

}  // namespace mesh::api
