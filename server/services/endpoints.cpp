#include "server/services/endpoints.hpp"

#include "server/services/ip_address.hpp"

namespace mesh::services {

std::optional<wire::endpoint_info> endpoint_of(const models::online_device* device) {
  if (device == nullptr) return std::nullopt;
  for (const auto& candidate : device->candidates)
    if (const auto ip = ip_address::parse(candidate.ip); ip && ip->is_usable())
      return wire::endpoint_info{candidate.ip, candidate.port};
  if (device->quic_port == 0 || device->remote_address.empty()) return std::nullopt;
  return wire::endpoint_info{device->remote_address, device->quic_port};
}

result<void> check_candidates(const std::vector<wire::candidate>& candidates, std::string_view path) {
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    const auto at = wire::detail::at_index(path, i);
    if (!ip_address::parse(candidates[i].ip))
      return fail(errc::field_invalid, "a candidate has a numeric IP address", wire::detail::join(at, "ip"));
    if (candidates[i].port == 0)
      return fail(errc::field_invalid, "a candidate has a port", wire::detail::join(at, "port"));
    if (candidates[i].type != "host")
      return fail(errc::field_invalid, "a candidate is of type \"host\"", wire::detail::join(at, "type"));
  }
  return {};
}

}  // namespace mesh::services
