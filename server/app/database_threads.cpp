#include "server/app/database_threads.hpp"

#include <pthread.h>
#include <vector>

namespace mesh::app {
namespace {

constexpr std::size_t reader_count = 2;
constexpr std::size_t queue_max = 1024;
// Writes that share one fsync: enough that a burst is one commit, few enough that nobody waits long.
constexpr std::size_t group_max = 64;

}  // namespace

database_threads::database_threads(db::database& opened)
    : database_(opened), readers_("db-read", reader_count, queue_max), writer_([this] { run_writer(); }) {}

database_threads::~database_threads() {
  stop();
}

io::task<result<void>> database_threads::write(work job) {
  auto start = [this, job = std::move(job)](io::completion done) mutable {
    {
      const mutex_lock lock(guard_);
      if (!stopping_ && queue_.size() < queue_max) {
        queue_.push_back({std::move(job), std::move(done)});
        done = nullptr;
      }
    }
    if (done)
      done(fail(errc::busy, "the database queue is full"));
    else
      filled_.notify_one();
  };
  co_return co_await io::elsewhere(std::move(start));
}

io::task<result<void>> database_threads::read(work job) {
  auto run = [this, job = std::move(job)]() mutable { return database_.read(std::move(job)); };
  co_return co_await readers_.run(std::move(run));
}

void database_threads::run_writer() {
  pthread_setname_np(pthread_self(), "db-write");
  std::vector<work> jobs;
  std::vector<io::completion> done;
  while (true) {
    {
      const mutex_lock lock(guard_);
      while (queue_.empty() && !stopping_) filled_.wait(guard_);
      if (queue_.empty()) return;
      for (; !queue_.empty() && jobs.size() < group_max; queue_.pop_front()) {
        jobs.push_back(std::move(queue_.front().job));
        done.push_back(std::move(queue_.front().done));
      }
    }
    auto results = database_.write(jobs);
    for (std::size_t i = 0; i < done.size(); ++i) done[i](std::move(results[i]));
    jobs.clear();
    done.clear();
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
