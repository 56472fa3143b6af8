#include "agent/server_link/host_candidates.hpp"

#include "core/base/limits.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>

namespace mesh::server_link {
namespace {

// Networks that exist inside this machine only; a peer that tried them would reach its own.
constexpr auto virtual_prefixes =
    std::to_array<std::string_view>({"docker", "br-", "veth", "virbr", "vnet", "cni", "flannel", "cali",
                                     "podman", "lxcbr", "lxdbr", "kube", "cilium"});

bool is_virtual(std::string_view name) {
  return std::ranges::any_of(virtual_prefixes, [&](std::string_view p) { return name.starts_with(p); });
}

bool is_link_local_or_worse(const std::string& ip) {
  in_addr v4{};
  if (::inet_pton(AF_INET, ip.c_str(), &v4) == 1) {
    const auto host = ntohl(v4.s_addr);
    return (host >> 16) == 0xA9FE || (host >> 28) >= 0xE || host == 0;
  }
  in6_addr v6{};
  if (::inet_pton(AF_INET6, ip.c_str(), &v6) != 1) return true;
  return IN6_IS_ADDR_LINKLOCAL(&v6) || IN6_IS_ADDR_MULTICAST(&v6) || IN6_IS_ADDR_UNSPECIFIED(&v6) ||
         IN6_IS_ADDR_V4MAPPED(&v6);
}

bool is_v6(const std::string& ip) {
  return ip.contains(':');
}

}  // namespace

std::vector<interface_address> interface_addresses() {
  std::vector<interface_address> out;
  ifaddrs* list = nullptr;
  if (::getifaddrs(&list) != 0) return out;
  for (const auto* at = list; at != nullptr; at = at->ifa_next) {
    if (at->ifa_addr == nullptr) continue;
    const int family = at->ifa_addr->sa_family;
    if (family != AF_INET && family != AF_INET6) continue;
    char text[INET6_ADDRSTRLEN] = {};
    const void* raw =
        family == AF_INET
            ? static_cast<const void*>(&reinterpret_cast<const sockaddr_in*>(at->ifa_addr)->sin_addr)
            : &reinterpret_cast<const sockaddr_in6*>(at->ifa_addr)->sin6_addr;
    if (::inet_ntop(family, raw, text, sizeof text) == nullptr) continue;
    out.push_back({at->ifa_name, text, (at->ifa_flags & IFF_UP) != 0, (at->ifa_flags & IFF_LOOPBACK) != 0});
  }
  ::freeifaddrs(list);
  return out;
}

std::vector<wire::candidate> host_candidates(const std::vector<interface_address>& addresses,
                                             std::uint16_t port, bool with_loopback) {
  std::vector<wire::candidate> out;
  const auto add = [&](bool loopback, bool v6) {
    for (const auto& a : addresses) {
      if (!a.up || a.loopback != loopback || is_v6(a.ip) != v6 || is_link_local_or_worse(a.ip)) continue;
      if (!a.loopback && is_virtual(a.interface)) continue;
      if (out.size() < limits::candidates_max) out.push_back({a.ip, port, "host"});
    }
  };
  if (with_loopback) {
    add(true, false);
    add(true, true);
  }
  add(false, false);
  add(false, true);
  return out;
}

}  // namespace mesh::server_link
