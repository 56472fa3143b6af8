// How long a running session may go on: renewed through the server every minute, for 15 minutes without it.
#pragma once
#include "core/base/clock.hpp"
#include "core/base/limits.hpp"

namespace mesh::p2p {

// Pure; time comes in as an argument.
class session_lease {
 public:
  explicit session_lease(steady_time started) : renewed_(started), asked_(started) {}

  // Time to send p2p.session.renew; true once an interval, until renewed() answers it.
  bool renewal_due(steady_time now);
  // The server renewed the session. True when it was paused and goes on.
  bool renewed(steady_time now);
  // Without a server for too long: nothing may be moved until the next renewal. True once, at the moment it
  // begins.
  bool expire(steady_time now);
  bool paused() const noexcept { return paused_; }

 private:
  steady_time renewed_;
  steady_time asked_;
  bool paused_ = false;
};

}  // namespace mesh::p2p
