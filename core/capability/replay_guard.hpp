// Accepts each capability token once, across restarts.
#pragma once
#include "core/base/clock.hpp"
#include "core/base/error.hpp"
#include "core/capability/claims.hpp"

#include <map>
#include <string>
#include <string_view>

namespace mesh::capability {

// Holds the jti of every accepted token until it could not be accepted anyway (exp + 30 s). Save serialise()
// before the acceptance is told to anybody.
class replay_guard {
 public:
  static constexpr std::size_t remembered_max = 4096;

  // Of a device key that was made just now: no token for it can have been used.
  static replay_guard for_new_key() { return replay_guard(wall_time::min()); }
  // What was saved is lost: a token that may have been accepted before `start` is refused, which is every
  // token issued before start + skew, since the issuer's clock may be ahead by that much.
  static replay_guard without_memory(wall_time start);
  // Of serialise(). Errors: state_unreadable.
  static result<replay_guard> restore(std::string_view saved);

  // Takes note of a verified token. Errors: token_replayed; token_expired when its jti may already be
  // forgotten; busy when remembered_max tokens are held.
  result<void> accept(const claims& c, wall_time now);

  std::string serialise() const;
  std::size_t size() const noexcept { return seen_.size(); }

 private:
  explicit replay_guard(wall_time issued_min) : issued_min_(issued_min) {}
  void forget_before(wall_time now);

  wall_time issued_min_;
  // The latest time at which something was forgotten: a clock that steps back must not make it acceptable
  // again.
  wall_time forgotten_until_ = wall_time::min();
  std::map<std::string, wall_time, std::less<>> seen_;  // jti to the time from which it is refused as expired
};

}  // namespace mesh::capability
