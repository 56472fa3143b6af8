// The list of transfers of this agent: the book, who waits for what it says, and what is kept of it.
#pragma once
#include "agent/app/announced_peers.hpp"
#include "agent/app/book_watch.hpp"
#include "agent/app/transfer_book.hpp"
#include "agent/app/transfer_recorder.hpp"
#include "agent/os/private_dir.hpp"
#include "core/io/pool.hpp"
#include "core/io/task.hpp"

#include <cstdint>

namespace mesh::app {

// One thread.
class transfer_list {
 public:
  // Begins with what is kept in dir of earlier runs, which disk writes. dir, disk and peers outlive the list;
  // calls: see there.
  transfer_list(const io::executor& on, const os::private_dir& dir, io::pool& disk,
                const announced_peers& peers, transfer_calls calls);
  transfer_list(const transfer_list&) = delete;
  transfer_list& operator=(const transfer_list&) = delete;
  // Writes what was not written yet.
  ~transfer_list();

  transfer_book& book() { return book_; }
  book_watch& watch() { return watch_; }
  transfer_recorder& recorder() { return recorder_; }
  const transfer_recorder& recorder() const { return recorder_; }

  // Writes what came in when that changed, at most once a second, until it is canceled.
  io::task<> keep();

 private:
  // Warned of once, until it could be written again.
  void warn_of(const result<void>& written);

  const os::private_dir& dir_;
  io::pool& disk_;
  transfer_book book_;
  book_watch watch_;
  transfer_recorder recorder_;
  // Of what is kept: how often it changed, and how often it had when it was last written.
  std::uint64_t changes_ = 0;
  std::uint64_t written_ = 0;
  bool warned_ = false;
};

}  // namespace mesh::app
