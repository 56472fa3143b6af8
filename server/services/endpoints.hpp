// Where a connected device can be tried, from what it announced and what the server sees.
#pragma once
#include "server/models/presence.hpp"

#include <optional>

namespace mesh::services {

// The first usable candidate, else the address of its connection with its QUIC port; nothing for a device
// that is not connected or has no data plane.
std::optional<wire::endpoint_info> endpoint_of(const models::online_device* device);

// Errors: field_invalid for what is no numeric address, for port 0 and for another type than "host".
result<void> check_candidates(const std::vector<wire::candidate>& candidates, std::string_view path);

}  // namespace mesh::services
