// Which machine a person means by --to: a device_id, the name of a machine, or a user name.
#pragma once
#include "core/base/error.hpp"
#include "core/wire/device_bodies.hpp"

#include <string_view>
#include <vector>

namespace mesh::app {

// peers: own devices and those of people in common rooms. own_id: this machine, never meant. A device_id wins
// over a name, a name over a person, unless another person bears that name; of a person's machines the only
// one that is online, else the only one. Machines of several people that have one name are never chosen from.
// A browser is meant by its device_id, or by its name when no machine has that; only one's own.
// Errors: peer_unknown; peer_ambiguous, whose detail lists the choices; same_device.
result<wire::device_info> choose_peer(const std::vector<wire::device_info>& peers, std::string_view wanted,
                                      std::string_view own_id);

}  // namespace mesh::app
