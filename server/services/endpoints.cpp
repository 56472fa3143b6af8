#include "server/services/endpoints.hpp"

#include <arpa/inet.h>

namespace mesh::services {
namespace {

bool is_address(const std::string& ip) {
  in_addr four{};
  in6_addr six{};
  return inet_pton(AF_INET, ip.c_str(), &four) == 1 || inet_pton(AF_INET6, ip.c_str(), &six) == 1;
}

// Somebody else can send to it: not unspecified, multicast or bound to one link.
bool is_usable(const std::string& ip) {
  in_addr four{};
  if (inet_pton(AF_INET, ip.c_str(), &four) == 1) {
    const auto host = ntohl(four.s_addr);
    const bool unspecified = (host >> 24) == 0;
    const bool link_local = (host >> 16) == 0xA9FE;
    const bool multicast_or_above = (host >> 28) >= 0xE;
    return !unspecified && !link_local && !multicast_or_above;
  }
  in6_addr six{};
  if (inet_pton(AF_INET6, ip.c_str(), &six) != 1) return false;
  return !IN6_IS_ADDR_UNSPECIFIED(&six) && !IN6_IS_ADDR_LINKLOCAL(&six) && !IN6_IS_ADDR_MULTICAST(&six);
}

}  // namespace

std::optional<wire::endpoint_info> endpoint_of(const models::online_device* device) {
  if (device == nullptr) return std::nullopt;
  for (const auto& candidate : device->candidates)
    if (is_usable(candidate.ip)) return wire::endpoint_info{candidate.ip, candidate.port};
  if (device->quic_port == 0 || device->remote_address.empty()) return std::nullopt;
  return wire::endpoint_info{device->remote_address, device->quic_port};
}

result<void> check_candidates(const std::vector<wire::candidate>& candidates, std::string_view path) {
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    const auto at = wire::detail::at_index(path, i);
    if (!is_address(candidates[i].ip))
      return fail(errc::field_invalid, "a candidate has a numeric IP address", wire::detail::join(at, "ip"));
    if (candidates[i].port == 0)
      return fail(errc::field_invalid, "a candidate has a port", wire::detail::join(at, "port"));
    if (candidates[i].type != "host")
      return fail(errc::field_invalid, "a candidate is of type \"host\"", wire::detail::join(at, "type"));
  }
  return {};
}

}  // namespace mesh::services
