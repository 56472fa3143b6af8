// The owner of background tasks: starts them, logs one that fails, cancels and joins them all.
#pragma once
#include "core/io/task.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace mesh::io {

// One thread: every call is made on the executor's thread (or before it runs). Whatever a task refers to must
// outlive its end: co_await join() (or let the loop run dry) before that is destroyed.
class task_group {
 public:
  // name: module of the log lines about tasks that end by an exception.
  task_group(executor on, std::string name);
  task_group(const task_group&) = delete;
  task_group& operator=(const task_group&) = delete;
  // Cancels what still runs, without waiting.
  ~task_group();

  const executor& get_executor() const;

  // Starts work soon (not inside this call). After cancel() nothing is started any more. label: what the task
  // does, for the log.
  void spawn(std::string_view label, task<> work);

  // Asks every task to end: its pending co_await throws operation_aborted.
  void cancel();
  bool canceled() const;

  // Waits until no task is left. Does not cancel.
  task<> join();
  // cancel(), then join().
  task<> stop();

  std::size_t size() const;

 private:
  struct state;
  std::shared_ptr<state> state_;
};

}  // namespace mesh::io
