#include "server/app/database_threads.hpp"

#include <chrono>
#include <pthread.h>
#include <vector>

namespace mesh::app {
namespace {

constexpr std::size_t reader_count = 2;
constexpr std::size_t queue_max = 1024;
// Writes that share one fsync: enough that a burst is one commit, few enough that nobody waits long.
constexpr std::size_t group_max = 64;
// While writes come in a stream their commits begin no closer together than this: a commit and its fsync cost
// more than all the rest of a write. One that comes after a pause does not wait.
constexpr auto commit_spacing = std::chrono::microseconds(2500);

}  // namespace

database_threads::database_threads(db::database& opened)
    : database_(opened), readers_("db-read", reader_count, queue_max), writer_([this] { run_writer(); }) {}

database_threads::~database_threads() {
  stop();
}

io::task<result<void>> database_threads::write(work job) {
  auto start = [this, job = std::move(job),
                on = co_await io::this_coro::executor](io::completion done) mutable {
    bool first = false;
    {
      const mutex_lock lock(guard_);
      if (!stopping_ && queue_.size() < queue_max) {
        first = queue_.empty();
        queue_.push_back({std::move(job), std::move(done), std::move(on)});
        done = nullptr;
      }
    }
    if (done)
      done(fail(errc::busy, "the database queue is full"));
    else if (first)
      filled_.notify_one();
  };
  co_return co_await io::elsewhere(std::move(start));
}

io::task<result<void>> database_threads::read(work job) {
  auto run = [this, job = std::move(job)]() mutable { return database_.read(std::move(job)); };
  co_return co_await readers_.run(std::move(run));
}

// False once there is nothing to do any more.
bool database_threads::wait_for_jobs(std::chrono::steady_clock::time_point not_before) {
  {
    const mutex_lock lock(guard_);
    while (queue_.empty() && !stopping_) filled_.wait(guard_);
    if (queue_.empty()) return false;
    if (queue_.size() >= group_max || stopping_) return true;
  }
  std::this_thread::sleep_until(not_before);
  return true;
}

void database_threads::run_writer() {
  pthread_setname_np(pthread_self(), "db-write");
  auto began = std::chrono::steady_clock::time_point::min();
  std::vector<work> jobs;
  while (wait_for_jobs(began + commit_spacing)) {
    began = std::chrono::steady_clock::now();
    std::vector<io::completion> done;
    io::executor on;
    {
      const mutex_lock lock(guard_);
      for (; !queue_.empty() && jobs.size() < group_max; queue_.pop_front()) {
        auto& next = queue_.front();
        jobs.push_back(std::move(next.job));
        done.push_back(std::move(next.done));
        on = std::move(next.on);
      }
    }
    auto results = database_.write(jobs);
    jobs.clear();
    // One wake-up of the network thread for all of them.
    io::post(on, [done = std::move(done), results = std::move(results)]() mutable {
      for (std::size_t i = 0; i < done.size(); ++i) done[i](std::move(results[i]));
    });
  }
}

void database_threads::stop() {
  {
    const mutex_lock lock(guard_);
    stopping_ = true;
  }
  filled_.notify_one();
  if (writer_.joinable()) writer_.join();
  readers_.stop();
}

}  // namespace mesh::app
