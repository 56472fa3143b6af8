// The addresses of this machine at which another one may try to reach it.
#pragma once
#include "core/wire/p2p_bodies.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace mesh::server_link {

// One address of one interface, as the kernel lists it.
struct interface_address {
  std::string interface;
  std::string ip;
  bool up = true;
  bool loopback = false;
};

// getifaddrs(3); empty when that fails.
std::vector<interface_address> interface_addresses();

// Host candidates: at most 16, IPv4 before IPv6 in each class. Left out: interfaces that are down, link-local
// and multicast addresses, bridges and pairs of containers and virtual machines. with_loopback: the server is
// on this machine, so the peers are too; loopback then comes first.
std::vector<wire::candidate> host_candidates(const std::vector<interface_address>& addresses,
                                             std::uint16_t port, bool with_loopback);

}  // namespace mesh::server_link
