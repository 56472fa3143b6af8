// Whether the one who asked is still there, and what has to stop when he goes.
#pragma once
#include "agent/control/message.hpp"

#include <functional>
#include <memory>
#include <utility>

namespace mesh::app {

// One for a request that takes several steps: each step says what ends it, and between two steps gone() is
// asked. One thread.
class asker_presence {
 public:
  explicit asker_presence(control::reply& to) {
    to.on_gone([state = state_] {
      state->gone = true;
      if (const auto stop = std::exchange(state->stop, nullptr)) stop();
    });
  }

  bool gone() const noexcept { return state_->gone; }
  // Instead of what was given before; at once when he is gone already. nullptr: nothing to stop now.
  void on_gone(std::function<void()> stop) {
    if (state_->gone && stop) return stop();
    state_->stop = std::move(stop);
  }

 private:
  struct state {
    bool gone = false;
    std::function<void()> stop;
  };
  std::shared_ptr<state> state_ = std::make_shared<state>();
};

}  // namespace mesh::app
