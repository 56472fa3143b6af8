// Who is connected at one moment: an immutable picture that the network thread publishes and services read.
#pragma once
#include "core/base/id.hpp"
#include "core/wire/p2p_bodies.hpp"
#include "core/wire/terminal_bodies.hpp"
#include "core/wire/webtransport.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace mesh::models {

// remote_address: the numeric IP the server sees. quic_port: 0 when the device has no data plane. status:
// "online", "away" or "dnd". webtransport: checked against the device's key; absent when browsers cannot
// reach it. activity: "in_call" or "sharing", by the live sessions the server knows of. terminals: that it
// shares.
struct online_device {
  user_id user;
  std::string kind;
  std::uint16_t quic_port = 0;
  std::vector<wire::candidate> candidates;
  std::string remote_address;
  std::string status = "online";
  std::optional<wire::webtransport_info> webtransport = {};
  std::optional<std::string> activity = {};
  std::vector<wire::terminal_offer> terminals = {};
};

// users: every connected person with the kinds of their connections that have no device ("api").
struct presence {
  std::map<device_id, online_device> devices;
  std::map<user_id, std::multiset<std::string>> users;

  bool online(const user_id& id) const { return users.contains(id); }
  // Whoever is connected under this name; a name that is not registered may be anybody's.
  const online_device* find(const device_id& id) const {
    const auto found = devices.find(id);
    return found == devices.end() ? nullptr : &found->second;
  }
  // The connection of that person's device, nobody else's under the same name.
  const online_device* find(const device_id& id, const user_id& owner) const {
    const auto* device = find(id);
    return device != nullptr && device->user == owner ? device : nullptr;
  }
};

}  // namespace mesh::models
