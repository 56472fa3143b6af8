// What the server said of the other device of each session: who it is and where it may be found.
#pragma once
#include "core/wire/payloads.hpp"

#include <map>
#include <string>
#include <vector>

namespace mesh::app {

// Bounded by limits::sessions_cached_max.
class announced_peers {
 public:
  // Its token is not kept.
  void add(wire::p2p_session_created created);
  // The device is elsewhere now, for every session with it.
  void moved(const device_id& device, const std::vector<wire::candidate>& candidates);
  void remove(const std::string& session_id) { sessions_.erase(session_id); }
  // Empty when the session is not known, as for one that a person named with its token.
  std::string username(const std::string& session_id) const;
  std::vector<wire::endpoint_info> candidates(const std::string& session_id) const;

 private:
  std::map<std::string, wire::p2p_session_created> sessions_;
};

}  // namespace mesh::app
