#include "agent/app/book_watch.hpp"

namespace mesh::app {

book_watch::book_watch(const io::executor& on, transfer_book& book) : book_(book), changed_(on) {
  book.listen([this](transfer_change, const transfer_record&) { changed_.notify(); });
}

io::task<result<transfer_record>> book_watch::finished(std::string transfer_id) {
  while (true) {
    const auto* record = book_.find(transfer_id);
    if (record == nullptr) co_return fail(errc::internal, "the transfer was forgotten");
    if (record->state == transfer_state::done) co_return *record;
    if (record->state == transfer_state::failed)
      co_return fail(code_of(record->code.value_or("internal")), record->message.value_or(""));
    co_await changed_.wait();
  }
}

io::task<bool> book_watch::started_within(std::string transfer_id, std::chrono::milliseconds patience) {
  const auto end = steady_now() + patience;
  while (true) {
    const auto* record = book_.find(transfer_id);
    if (record == nullptr || record->state != transfer_state::waiting) co_return true;
    const auto left = end - steady_now();
    if (left <= std::chrono::seconds(0) || !co_await changed_.wait_for(left)) co_return false;
  }
}

}  // namespace mesh::app
