#include "server/app/database_threads.hpp"

#include "core/io/condition.hpp"

#include <optional>
#include <vector>

namespace mesh::app {
namespace {

constexpr std::size_t reader_count = 2;
constexpr std::size_t queue_max = 1024;
// Writes that share one fsync: enough that a burst is one commit, few enough that nobody waits long.
constexpr std::size_t group_max = 64;

struct outcome {
  explicit outcome(const io::executor& on) : changed(on) {}
  std::optional<result<void>> value;
  io::condition changed;
};

}  // namespace

database_threads::database_threads(db::database& opened, io::executor network)
    : database_(opened),
      network_(std::move(network)),
      readers_("db-read", reader_count, queue_max),
      writer_([this] { run_writer(); }) {}

database_threads::~database_threads() {
  stop();
}

io::task<result<void>> database_threads::write(work job) {
  auto out = std::make_shared<outcome>(network_);
  {
    const std::lock_guard lock(mutex_);
    if (stopping_ || queue_.size() >= queue_max) co_return fail(errc::busy, "the database queue is full");
    queue_.push_back({std::move(job), [out, on = network_](result<void> done) {
                        io::post(on, [out, done = std::move(done)]() mutable {
                          out->value.emplace(std::move(done));
                          out->changed.notify();
                        });
                      }});
  }
  filled_.notify_one();
  while (!out->value) co_await out->changed.wait();
  co_return std::move(*out->value);
}

io::task<result<void>> database_threads::read(work job) {
  auto held = std::make_shared<work>(std::move(job));
  co_return co_await readers_.run([this, held] { return database_.read(std::move(*held)); });
}

void database_threads::run_writer() {
  std::vector<waiting> group;
  std::vector<work> jobs;
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      filled_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
      if (queue_.empty()) return;
      while (!queue_.empty() && group.size() < group_max) {
        group.push_back(std::move(queue_.front()));
        queue_.pop_front();
      }
    }
    for (auto& one : group) jobs.push_back(std::move(one.job));
    auto results = database_.write(jobs);
    for (std::size_t i = 0; i < group.size(); ++i) group[i].done(std::move(results[i]));
    group.clear();
    jobs.clear();
  }
}

void database_threads::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  filled_.notify_one();
  if (writer_.joinable()) writer_.join();
  readers_.stop();
}

}  // namespace mesh::app
