// How a page reaches an agent by itself: the few addresses worth a try, and the certificates to expect there.
#pragma once
#include "core/wire/webtransport.hpp"
#include "server/models/device.hpp"
#include "server/models/presence.hpp"

#include <optional>
#include <string>
#include <vector>

namespace mesh::services {

// At most three, the most plausible first: a browser slows down every further attempt after failures.
// page: the address under which the server sees the page; empty when it is not connected.
std::vector<std::string> browser_urls(const models::online_device& agent, const std::string& page);

// Nothing when the agent is not reachable by browsers. key: the agent's registered public key, as base64url.
std::optional<wire::webtransport_endpoint> browser_endpoint_of(const models::online_device* agent,
                                                               const models::online_device* page,
                                                               const std::string& key);

// What a device says of its certificates, against its registered key, else the one it says itself. Errors:
// field_invalid below `path`.
result<void> check_webtransport(const wire::webtransport_info& said, const std::string& key,
                                const std::string& path);

}  // namespace mesh::services
