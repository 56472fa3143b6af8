#include "server/ws/activity_book.hpp"

#include <algorithm>

namespace mesh::ws {
namespace {

template <class F>
void for_each_device(const models::session_activity& session, F fn) {
  for (const auto& device : session.in_call) fn(device);
  for (const auto& device : session.sharing) fn(device);
}

bool has(const std::vector<device_id>& devices, const device_id& wanted) {
  return std::ranges::find(devices, wanted) != devices.end();
}

}  // namespace

std::vector<device_id> activity_book::note(const models::session_activity& told) {
  std::map<device_id, std::optional<std::string>> before;
  const auto remember = [&](const device_id& device) { before.emplace(device, of(device)); };
  const auto known = sessions_.find(told.session);
  if (known != sessions_.end()) for_each_device(known->second, remember);
  for_each_device(told, remember);
  if (told.in_call.empty() && told.sharing.empty()) {
    if (known != sessions_.end()) sessions_.erase(known);
  } else {
    sessions_.insert_or_assign(told.session, told);
  }
  return differing(before);
}

std::vector<device_id> activity_book::expire(wall_time now) {
  std::map<device_id, std::optional<std::string>> before;
  for (const auto& [id, session] : sessions_)
    if (session.until <= now)
      for_each_device(session, [&](const device_id& device) { before.emplace(device, of(device)); });
  std::erase_if(sessions_, [&](const auto& session) { return session.second.until <= now; });
  return differing(before);
}

std::optional<std::string> activity_book::of(const device_id& device) const {
  std::optional<std::string> found;
  for (const auto& [id, session] : sessions_) {
    if (has(session.in_call, device)) return std::string(models::activity_in_call);
    if (has(session.sharing, device)) found = models::activity_sharing;
  }
  return found;
}

std::vector<device_id> activity_book::differing(
    const std::map<device_id, std::optional<std::string>>& before) const {
  std::vector<device_id> changed;
  for (const auto& [device, activity] : before)
    if (of(device) != activity) changed.push_back(device);
  return changed;
}

}  // namespace mesh::ws
