// Which device is in a call or shares something, by what the server knows of live sessions. No timers in
// here: the time comes in as an argument.
#pragma once
#include "server/models/session_activity.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace mesh::ws {

class activity_book {
 public:
  // Devices that look different now, each once.
  std::vector<device_id> note(const models::session_activity& told);
  // Forgets sessions that nobody told of in time.
  std::vector<device_id> expire(wall_time now);

  // "in_call" before "sharing"; nothing for a device that does neither.
  std::optional<std::string> of(const device_id& device) const;

 private:
  std::vector<device_id> differing(const std::map<device_id, std::optional<std::string>>& before) const;

  std::map<session_id, models::session_activity> sessions_;
};

}  // namespace mesh::ws
