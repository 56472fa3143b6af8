#include "core/io/pool.hpp"

#include "core/base/clock.hpp"
#include "core/base/log.hpp"
#include "core/base/mutex.hpp"
#include "core/io/elsewhere.hpp"

#include <deque>
#include <pthread.h>
#include <sys/resource.h>
#include <thread>
#include <vector>

namespace mesh::io {

namespace {
// A tenth of the weight of a usual thread (sched(7)): the network thread goes first. Much less, and on a
// machine with other work to do a job of 15 ms takes seconds.
constexpr int background_niceness = 10;
}  // namespace

struct pool::state {
  using job = std::move_only_function<void()>;

  state(std::string text, std::size_t threads, std::size_t waiting, pool_priority priority,
        std::chrono::milliseconds wait)
      : name(std::move(text)), threads_max(threads), queue_max(waiting), urgency(priority), wait_max(wait) {}

  // Errors: busy, canceled; work is then untouched.
  result<void> enqueue(job& work) {
    const mutex_lock lock(guard);
    if (stopping) return fail(errc::canceled, "the " + name + " workers have stopped");
    if (queue.size() + running >= queue_max + threads_max)
      return fail(errc::busy, "the " + name + " queue is full");
    queue.push_back(std::move(work));
    if (queue.size() + running > threads.size() && threads.size() < threads_max)
      threads.emplace_back([this] { serve(); });
    changed.notify_one();
    return {};
  }

  void serve() {
    pthread_setname_np(pthread_self(), name.substr(0, 15).c_str());
    // On Linux this is of the calling thread alone. When refused the work is done all the same.
    if (urgency == pool_priority::background) ::setpriority(PRIO_PROCESS, 0, background_niceness);
    guard.lock();
    while (true) {
      while (queue.empty() && !stopping) changed.wait(guard);
      if (queue.empty()) break;
      auto work = std::move(queue.front());
      queue.pop_front();
      ++running;
      guard.unlock();
      work();
      work = nullptr;
      guard.lock();
      --running;
    }
    guard.unlock();
  }

  const std::string name;
  const std::size_t threads_max;
  const std::size_t queue_max;
  const pool_priority urgency;
  const std::chrono::milliseconds wait_max;
  mutex guard;
  mutex_condition changed;
  std::deque<job> queue MESH_GUARDED_BY(guard);
  std::vector<std::thread> threads MESH_GUARDED_BY(guard);
  std::size_t running MESH_GUARDED_BY(guard) = 0;  // jobs being run
  bool stopping MESH_GUARDED_BY(guard) = false;
};

namespace {

// A job's exception is a bug: it is logged and the task gets `internal`, the worker lives on.
result<void> guarded(const std::string& name, std::move_only_function<void()>& job) {
  try {
    job();
    return {};
  } catch (const std::exception& e) {
    log::error("pool", "a job of {} failed: {}", name, e.what());
    return fail(errc::internal, "a job failed");
  }
}

result<void> late(const std::string& name) {
  return fail(errc::busy, "the " + name + " workers have no time");
}

}  // namespace

pool::pool(std::string name, std::size_t threads, std::size_t queue_max, pool_priority priority,
           std::chrono::milliseconds wait_max)
    : state_(std::make_unique<state>(std::move(name), threads, queue_max, priority, wait_max)) {}

pool::~pool() {
  stop();
}

void pool::stop() {
  std::vector<std::thread> ending;
  {
    const mutex_lock lock(state_->guard);
    state_->stopping = true;
    ending = std::move(state_->threads);
    state_->threads.clear();
  }
  state_->changed.notify_all();
  for (auto& thread : ending) thread.join();
}

bool pool::submit(std::move_only_function<void()> job) {
  std::move_only_function<void()> work = [s = state_.get(), job = std::move(job)]() mutable {
    static_cast<void>(guarded(s->name, job));
  };
  return state_->enqueue(work).has_value();
}

std::size_t pool::queued() const {
  const mutex_lock lock(state_->guard);
  return state_->queue.size();
}

task<result<void>> pool::finish(std::move_only_function<void()> job) {
  auto start = [to = state_.get(), job = std::move(job)](completion done) mutable {
    auto shared = std::make_shared<completion>(std::move(done));
    std::move_only_function<void()> whole = [to, shared, asked = steady_now(),
                                             work = std::move(job)]() mutable {
      auto outcome = steady_now() - asked > to->wait_max ? late(to->name) : guarded(to->name, work);
      work = nullptr;
      (*shared)(std::move(outcome));
    };
    if (auto queued = to->enqueue(whole); !queued) (*shared)(std::move(queued));
  };
  co_return co_await elsewhere(std::move(start));
}

}  // namespace mesh::io
