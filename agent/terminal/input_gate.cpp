#include "agent/terminal/input_gate.hpp"

#include "core/base/limits.hpp"

#include <algorithm>
#include <utility>

namespace mesh::terminal {

bool input_gate::open(viewer who, std::uint32_t epoch, steady_time until, bool line_only, steady_time now) {
  if (epoch <= epoch_) return false;
  epoch_ = epoch;
  lease_ = lease{who, line_only, std::min(until, now + limits::terminal_control_life_max), now, now};
  return true;
}

bool input_gate::close() noexcept {
  return std::exchange(lease_, std::nullopt).has_value();
}

std::size_t input_gate::admit(viewer who, std::uint32_t epoch, std::string_view input, steady_time now) {
  const bool may = lease_ && lease_->who == who && epoch == epoch_ && now < lease_->until;
  std::size_t taken = may ? input.size() : 0;
  if (may) {
    lease_->typed = lease_->heard = now;
    if (const auto end = input.find('\r'); lease_->line_only && end != std::string_view::npos) {
      taken = end + 1;
      lease_->until = now;
    }
  }
  dropped_bytes_ += input.size() - taken;
  return taken;
}

void input_gate::alive(viewer who, steady_time now) noexcept {
  if (lease_ && lease_->who == who) lease_->heard = now;
}

std::optional<lease_end> input_gate::expire(steady_time now) {
  if (!lease_) return std::nullopt;
  std::optional<lease_end> why;
  if (now >= lease_->until)
    why = lease_end::over;
  else if (now - lease_->heard >= limits::terminal_heartbeat_timeout)
    why = lease_end::vanished;
  else if (now - lease_->typed >= limits::terminal_control_idle)
    why = lease_end::idle;
  if (why) lease_.reset();
  return why;
}

std::optional<input_gate::viewer> input_gate::holder() const noexcept {
  if (!lease_) return std::nullopt;
  return lease_->who;
}

}  // namespace mesh::terminal
