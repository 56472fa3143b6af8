// The threads that talk to the database: one that writes, with group commit, and two that read.
#pragma once
#include "core/io/pool.hpp"
#include "core/io/task.hpp"
#include "server/db/database.hpp"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

namespace mesh::app {

// The network thread asks; jobs run elsewhere and the asking task resumes on the network thread.
class database_threads {
 public:
  using work = db::database::work;

  // opened must outlive this.
  database_threads(db::database& opened, io::executor network);
  database_threads(const database_threads&) = delete;
  database_threads& operator=(const database_threads&) = delete;
  // stop().
  ~database_threads();

  // Success: what the job kept is on disk. Tasks resume in the order of their commits. Errors: database,
  // busy.
  io::task<result<void>> write(work job);
  io::task<result<void>> read(work job);

  // Runs what is queued, then joins.
  void stop();

 private:
  struct waiting {
    work job;
    std::move_only_function<void(result<void>)> done;  // on the writer's thread
  };
  void run_writer();

  db::database& database_;
  io::executor network_;
  io::pool readers_;
  std::mutex mutex_;
  std::condition_variable filled_;
  std::deque<waiting> queue_;
  bool stopping_ = false;
  std::thread writer_;
};

}  // namespace mesh::app
