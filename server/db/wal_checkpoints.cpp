#include "server/db/wal_checkpoints.hpp"

#include "core/base/log.hpp"

#include <memory>
#include <pthread.h>
#include <utility>

#include <sqlite3.h>

namespace mesh::db {
namespace {

// Pages that change often are copied once for many commits: 16 MB of log.
constexpr int frames_wanted = 4000;
// The thread does not keep up (a disk that hardly moves): the writer copies by itself, and is slowed by it.
constexpr int frames_max = 4 * frames_wanted;
// While one copy lasts, commits add to the log; a second one leaves less of that to the writer.
constexpr int copies = 2;

int copy(sqlite3* handle) {
  return sqlite3_wal_checkpoint_v2(handle, nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
}

}  // namespace

wal_checkpoints::wal_checkpoints(std::filesystem::path file, sqlite3* writer)
    : file_(std::move(file)), writer_(writer) {
  sqlite3_wal_hook(
      writer,
      [](void* self, sqlite3*, const char*, int frames) {
        static_cast<wal_checkpoints*>(self)->committed(frames);
        return SQLITE_OK;
      },
      this);
}

wal_checkpoints::~wal_checkpoints() {
  sqlite3_wal_hook(writer_, nullptr, nullptr);
  {
    const mutex_lock lock(guard_);
    stopping_ = true;
  }
  changed_.notify_one();
  if (thread_.joinable()) thread_.join();
}

// On the writer's thread. The log starts anew only when a commit finds all of it copied, which under a stream
// of commits only the writer itself can see to.
void wal_checkpoints::committed(int frames) {
  {
    const mutex_lock lock(guard_);
    const bool rest = phase_ == phase::rest;
    if (!rest && frames < frames_max) {
      if (frames < frames_wanted || phase_ != phase::idle) return;
      phase_ = phase::wanted;
      if (!thread_.joinable()) thread_ = std::thread([this] { run(); });
      return changed_.notify_one();
    }
    if (rest) phase_ = phase::idle;
  }
  static_cast<void>(copy(writer_));  // SQLITE_BUSY: somebody else is at it
}

void wal_checkpoints::run() {
  pthread_setname_np(pthread_self(), "db-checkpoint");
  for (;;) {
    {
      const mutex_lock lock(guard_);
      while (phase_ != phase::wanted && !stopping_) changed_.wait(guard_);
      if (stopping_) return;
      phase_ = phase::copying;
    }
    copy_most();
    const mutex_lock lock(guard_);
    phase_ = phase::rest;
  }
}

void wal_checkpoints::copy_most() {
  sqlite3* raw = nullptr;
  int code = sqlite3_open_v2(file_.c_str(), &raw, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
  const std::unique_ptr<sqlite3, decltype(&sqlite3_close)> handle(raw, &sqlite3_close);
  // A connection that has read nothing does not know yet that there is a log.
  if (code == SQLITE_OK) code = sqlite3_exec(raw, "SELECT 1 FROM sqlite_schema", nullptr, nullptr, nullptr);
  for (int i = 0; i < copies && code == SQLITE_OK; ++i) code = copy(raw);
  if (code != SQLITE_OK && code != SQLITE_BUSY)
    log::warn("db", "cannot copy the log of {} into it: {}", file_.string(), sqlite3_errstr(code));
}

}  // namespace mesh::db
