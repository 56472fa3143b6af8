#include "agent/terminal/size_asks.hpp"

#include "core/base/limits.hpp"

#include <algorithm>
#include <cstdlib>

namespace mesh::terminal {
namespace {

using namespace std::chrono_literals;

// Smaller than that a shell cannot be used, and a sharer who takes it by mistake sees nothing.
constexpr terminal_size least{20, 5};
constexpr int near_letters = 3;
constexpr auto pause_after_refusal = 10s;

bool usable(const terminal_size& size) {
  return valid(size) && size.cols >= least.cols && size.rows >= least.rows;
}

bool near(const terminal_size& one, const terminal_size& other) {
  return std::abs(one.cols - other.cols) <= near_letters && std::abs(one.rows - other.rows) <= near_letters;
}

}  // namespace

bool size_asks::ask(const viewer& who, terminal_size wanted, terminal_size present, steady_time now) {
  std::erase_if(pauses_, [&](const auto& p) { return now >= p.until; });
  if (std::ranges::find(pauses_, who, &pause::who) != pauses_.end() || !usable(wanted)) return false;
  const auto* before = of(who);
  if (wanted == present ? before == nullptr : before != nullptr && before->size == wanted) return false;
  std::erase_if(waiting_, [&](const auto& w) { return w.who == who; });
  if (wanted != present) waiting_.push_back({who, wanted, now + limits::terminal_ask_timeout});
  pauses_.push_back({who, now + limits::terminal_resize_interval});
  return true;
}

const size_asks::wish* size_asks::of(const viewer& who) const {
  const auto found = std::ranges::find(waiting_, who, &wish::who);
  return found == waiting_.end() ? nullptr : &*found;
}

void size_asks::answer(const viewer& who, bool refused, steady_time now) {
  forget(who);
  if (refused) pauses_.push_back({who, now + pause_after_refusal});
}

bool size_asks::settle(terminal_size size) {
  return std::erase_if(waiting_, [&](const auto& w) { return near(w.size, size); }) > 0;
}

bool size_asks::expire(steady_time now) {
  return std::erase_if(waiting_, [&](const auto& w) { return now >= w.until; }) > 0;
}

void size_asks::forget(const viewer& who) {
  std::erase_if(waiting_, [&](const auto& w) { return w.who == who; });
}

}  // namespace mesh::terminal
