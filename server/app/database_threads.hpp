// The threads that talk to the database: one that writes, with group commit, and two that read.
#pragma once
#include "core/base/mutex.hpp"
#include "core/io/elsewhere.hpp"
#include "core/io/pool.hpp"
#include "core/io/task.hpp"
#include "server/db/database.hpp"

#include <chrono>
#include <deque>
#include <thread>

namespace mesh::app {

// The network thread asks; jobs run elsewhere and the asking task resumes on the network thread.
class database_threads {
 public:
  using work = db::database::work;

  // opened must outlive this, and the loop of the asking tasks too.
  explicit database_threads(db::database& opened);
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
    io::completion done;
    io::executor on;  // of the task that asked
  };
  void run_writer();
  bool wait_for_jobs(std::chrono::steady_clock::time_point not_before);

  db::database& database_;
  io::pool readers_;
  mutex guard_;
  mutex_condition filled_;
  std::deque<waiting> queue_ MESH_GUARDED_BY(guard_);
  bool stopping_ MESH_GUARDED_BY(guard_) = false;
  std::thread writer_;
};

}  // namespace mesh::app
