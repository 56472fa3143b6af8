#include "agent/p2p/session_lease.hpp"

#include <utility>

namespace mesh::p2p {

bool session_lease::renewal_due(steady_time now) {
  if (now - asked_ < limits::session_renew_interval) return false;
  asked_ = now;
  return true;
}

bool session_lease::renewed(steady_time now) {
  renewed_ = asked_ = now;
  return std::exchange(paused_, false);
}

bool session_lease::expire(steady_time now) {
  if (paused_ || now - renewed_ < limits::session_without_server_max) return false;
  paused_ = true;
  return true;
}

}  // namespace mesh::p2p
