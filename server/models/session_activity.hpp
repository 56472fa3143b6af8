// What a live session makes its devices look like to others: in a call, or sharing something.
#pragma once
#include "core/base/clock.hpp"
#include "core/base/id.hpp"

#include <string_view>
#include <vector>

namespace mesh::models {

// Words of presence.changed and system.welcome.
inline constexpr std::string_view activity_in_call = "in_call";
inline constexpr std::string_view activity_sharing = "sharing";

// Replaces what was known of the session; without devices it is over. until: it is over then unless it is
// told again, so that a program that died does not share for ever.
struct session_activity {
  session_id session;
  std::vector<device_id> in_call;
  std::vector<device_id> sharing;
  wall_time until;
};

}  // namespace mesh::models
