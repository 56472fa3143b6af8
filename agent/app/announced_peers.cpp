#include "agent/app/announced_peers.hpp"

#include "core/base/limits.hpp"
#include "core/base/secret.hpp"

namespace mesh::app {

void announced_peers::add(wire::p2p_session_created created) {
  wipe(created.session_token);
  while (sessions_.size() >= limits::sessions_cached_max) sessions_.erase(sessions_.begin());
  auto id = created.session_id.str();
  sessions_.insert_or_assign(std::move(id), std::move(created));
}

void announced_peers::moved(const device_id& device, const std::vector<wire::candidate>& candidates) {
  for (auto& [id, session] : sessions_)
    if (session.peer.device_id == device) session.candidates = candidates;
}

std::string announced_peers::username(const std::string& session_id) const {
  const auto known = sessions_.find(session_id);
  return known == sessions_.end() ? std::string() : known->second.peer.username;
}

std::vector<wire::endpoint_info> announced_peers::candidates(const std::string& session_id) const {
  std::vector<wire::endpoint_info> out;
  if (const auto known = sessions_.find(session_id); known != sessions_.end())
    for (const auto& c : known->second.candidates) out.push_back({c.ip, c.port});
  return out;
}

}  // namespace mesh::app
