// Waits for what the transfer_book will say of one transfer.
#pragma once
#include "agent/app/transfer_book.hpp"
#include "core/io/condition.hpp"
#include "core/io/task.hpp"

#include <chrono>
#include <string>

namespace mesh::app {

class book_watch {
 public:
  // Listens to the book for as long as the book lives; the watch outlives its waits.
  book_watch(const io::executor& on, transfer_book& book);

  // False when the other side has not agreed after that time.
  io::task<bool> started_within(std::string transfer_id, std::chrono::milliseconds patience);
  // Ends when the transfer has; its record, or why it failed.
  io::task<result<transfer_record>> finished(std::string transfer_id);
  // Ends at the next change of anything.
  io::task<> changed() { return changed_.wait(); }
  void notify() { changed_.notify(); }

 private:
  transfer_book& book_;
  io::condition changed_;
};

}  // namespace mesh::app
