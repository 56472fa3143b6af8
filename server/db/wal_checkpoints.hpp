// Copies SQLite's write-ahead log into its database on a thread of its own. Left to SQLite, the commit that
// fills the log does it: some 20 ms in which everybody else's writes wait, which one message in a hundred
// met.
#pragma once
#include "core/base/mutex.hpp"

#include <filesystem>
#include <thread>

struct sqlite3;

namespace mesh::db {

class wal_checkpoints {
 public:
  // writer: the connection to FILE that commits; it must outlive this.
  wal_checkpoints(std::filesystem::path file, sqlite3* writer);
  wal_checkpoints(const wal_checkpoints&) = delete;
  wal_checkpoints& operator=(const wal_checkpoints&) = delete;
  // Waits for a copy that is under way.
  ~wal_checkpoints();

 private:
  enum class phase { idle, wanted, copying, rest };
  void committed(int frames);
  void run();
  void copy_most();

  const std::filesystem::path file_;
  sqlite3* const writer_;
  mutex guard_;
  mutex_condition changed_;
  phase phase_ MESH_GUARDED_BY(guard_) = phase::idle;
  bool stopping_ MESH_GUARDED_BY(guard_) = false;
  std::thread thread_;  // from the first copy on
};

}  // namespace mesh::db
