#include "server/services/lost_device.hpp"

#include "server/services/views.hpp"

#include <algorithm>

namespace mesh::services {

result<outcome<wire::lost_device_answer>> report_lost(context& c, const models::caller& caller,
                                                      const device_id& id) {
  wire::lost_device_answer report;
  const auto device = c.tx.devices().find(id);
  if (device && device->user == caller.user) {
    report.device_id = id;
    report.name = device->name;
    report.kind = wire::word_of(device->kind);
    if (device->last_seen_at) report.last_seen_at = format_rfc3339(*device->last_seen_at);
    const auto logins = c.tx.logins().of_device(id);
    report.logins_ended = static_cast<std::int64_t>(logins.size());
    const auto newest = std::ranges::max_element(logins, {}, &models::login::last_seen_at);
    if (newest != logins.end()) report.last_ip = newest->ip;
    report.sessions_ended = static_cast<std::int64_t>(c.tx.p2p().of_device(id, c.now).size());
    for (const auto& room : c.tx.rooms().of_user(caller.user)) {
      const auto seen = view(c, room, caller.user);
      report.rooms.push_back({seen.id, seen.name, seen.kind, seen.role, seen.last_seq});
    }
    report.revoked_at = format_rfc3339(c.now);
  }
  auto revoked = revoke_device(c, caller, id);
  if (!revoked) return std::unexpected(revoked.error());
  return outcome<wire::lost_device_answer>{std::move(report), std::move(revoked->effects)};
}

}  // namespace mesh::services
