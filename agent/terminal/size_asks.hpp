// Who of the viewers of one terminal would like it in another size. Asking changes nothing: the sharer takes
// a size, or not. Pure; time comes in as an argument.
#pragma once
#include "agent/terminal/terminal_size.hpp"
#include "core/base/clock.hpp"
#include "core/base/id.hpp"

#include <vector>

namespace mesh::terminal {

class size_asks {
 public:
  using viewer = mesh::session_id;
  struct wish {
    viewer who;
    terminal_size size;
    steady_time until;
  };

  // In the place of what that viewer asked for before; the size that rules takes it back. False when it is
  // not heard: nothing has changed, nobody could work in that size, it comes too soon after the one before,
  // or after a refusal.
  bool ask(const viewer& who, terminal_size wanted, terminal_size present, steady_time now);
  // Those that wait, who asked first in front.
  const std::vector<wish>& waiting() const noexcept { return waiting_; }
  const wish* of(const viewer& who) const;
  // It is answered. refused: that viewer is not heard again for a while.
  void answer(const viewer& who, bool refused, steady_time now);
  // The terminal has this size now: who asked for it has it, or nearly so, as windows are resized by hand.
  bool settle(terminal_size size);
  // Those that nobody answered in time.
  bool expire(steady_time now);
  // It has gone.
  void forget(const viewer& who);

 private:
  struct pause {
    viewer who;
    steady_time until;
  };
  std::vector<wish> waiting_;
  std::vector<pause> pauses_;
};

}  // namespace mesh::terminal
