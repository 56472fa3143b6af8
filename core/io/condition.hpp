// Waiting for a change of state on one thread: while (!ready) co_await changed.wait();
#pragma once
#include "core/io/task.hpp"

#include <memory>

namespace mesh::io {

// One thread only. A notification wakes who waits now; it is not remembered, so check the state first.
class condition {
 public:
  explicit condition(const executor& on);
  condition(const condition&) = delete;
  condition& operator=(const condition&) = delete;
  ~condition();

  // Wakes every waiter, later.
  void notify();
  // Returns after the next notify().
  task<> wait();
  // True when notified within duration.
  task<bool> wait_for(std::chrono::nanoseconds duration);

 private:
  struct state;
  std::shared_ptr<state> state_;
};

}  // namespace mesh::io
