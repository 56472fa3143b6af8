#include "agent/app/transfer_list.hpp"

#include "agent/app/received_history.hpp"
#include "core/io/loop.hpp"

#include <chrono>
#include <utility>

namespace mesh::app {
namespace {

// Many small files that come one by one shall not wait for as many syncs of a list.
constexpr auto pause = std::chrono::seconds(1);

}  // namespace

transfer_list::transfer_list(const io::executor& on, const os::private_dir& dir, const announced_peers& peers,
                             transfer_calls calls)
    : dir_(dir), watch_(on, book_), recorder_(book_, peers, std::move(calls)) {
  recorder_.restore(load_history(dir_));
  book_.listen([this](transfer_change change, const transfer_record& record) {
    if (record.direction == transfer_direction::in && change != transfer_change::progressed)
      unwritten_ = true;
  });
}

transfer_list::~transfer_list() {
  write();
}

io::task<> transfer_list::keep() {
  while (true) {
    while (!unwritten_) co_await watch_.changed();
    write();
    co_await io::sleep_for(pause);
  }
}

void transfer_list::write() {
  if (std::exchange(unwritten_, false)) save_history(dir_, recorder_.history());
}

}  // namespace mesh::app
