// Worker threads for what would block the network thread: hashing, disk, SQL.
#pragma once
#include "core/io/task.hpp"

#include <chrono>
#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>

namespace mesh::io {

// background: threads that give way to every other one of the machine when there are too few cores.
enum class pool_priority { normal, background };

// A loop whose tasks await a pool must outlive it: declare the pool after the loop, or stop() it first.
class pool {
 public:
  // queue_max: jobs that may wait, besides those that run. wait_max: how long a task waits for its job to
  // begin. name: of the threads (15 characters) and of log lines. Threads start when first needed.
  pool(std::string name, std::size_t threads, std::size_t queue_max,
       pool_priority priority = pool_priority::normal,
       std::chrono::milliseconds wait_max = std::chrono::hours(24));
  pool(const pool&) = delete;
  pool& operator=(const pool&) = delete;
  // stop().
  ~pool();

  // Runs fn on a worker and returns its value (a result<T> is not wrapped twice) to the awaiting task, on its
  // own executor. Once queued, fn runs to its end or not at all; cancelling the task takes effect after it.
  // Whatever fn refers to in the coroutine's frame therefore stays valid. Errors: busy when the queue is full
  // or fn's turn came after wait_max, canceled after stop(), internal when fn threw (the reason is logged).
  template <class F>
  task<result_of<std::invoke_result_t<F&>>> run(F fn);

  // Fire and forget from any thread, on_done not reported. False when the queue is full or after stop().
  bool submit(std::move_only_function<void()> job);

  // Refuses new jobs, runs those queued, joins the threads.
  void stop();

  // Jobs waiting now.
  std::size_t queued() const;

 private:
  struct state;
  // Completes after job ran; errors as in run(). job is moved from only when it was queued.
  task<result<void>> finish(std::move_only_function<void()> job);
  std::unique_ptr<state> state_;
};

template <class F>
task<result_of<std::invoke_result_t<F&>>> pool::run(F fn) {
  using value = std::invoke_result_t<F&>;
  if constexpr (std::is_void_v<value>) {
    co_return co_await finish([&fn] { fn(); });
  } else {
    std::optional<value> out;
    auto done = co_await finish([&fn, &out] { out.emplace(fn()); });
    if (!done) co_return pass(done);
    co_return std::move(*out);
  }
}

}  // namespace mesh::io
