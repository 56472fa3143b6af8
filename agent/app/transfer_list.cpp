#include "agent/app/transfer_list.hpp"

#include "agent/app/received_history.hpp"
#include "core/base/log.hpp"
#include "core/io/loop.hpp"

#include <chrono>
#include <utility>

namespace mesh::app {
namespace {

// Many small files that come one by one shall not wait for as many syncs of a list.
constexpr auto pause = std::chrono::seconds(1);
// A disk that is full stays so for a while.
constexpr auto pause_after_failure = std::chrono::seconds(5);

}  // namespace

transfer_list::transfer_list(const io::executor& on, const os::private_dir& dir, io::pool& disk,
                             const announced_peers& peers, transfer_calls calls)
    : dir_(dir), disk_(disk), watch_(on, book_), recorder_(book_, peers, std::move(calls)) {
  recorder_.restore(load_history(dir_));
  book_.listen([this](transfer_change change, const transfer_record& record) {
    if (record.direction == transfer_direction::in && change != transfer_change::progressed) ++changes_;
  });
}

transfer_list::~transfer_list() {
  if (changes_ != written_) warn_of(save_history(dir_, recorder_.history()));
}

io::task<> transfer_list::keep() {
  while (true) {
    while (changes_ == written_) co_await watch_.changed();
    // Also when this is canceled meanwhile, only what the disk took counts as written.
    const auto change = changes_;
    const auto written = co_await disk_.run([&dir = dir_, history = recorder_.history()] mutable {
      return save_history(dir, std::move(history));
    });
    warn_of(written);
    if (written) written_ = change;
    co_await io::sleep_for(written ? pause : pause_after_failure);
  }
}

void transfer_list::warn_of(const result<void>& written) {
  if (!written && !warned_)
    log::warn("share", "the list of what was received cannot be kept: {}", written.error().detail);
  warned_ = !written;
}

}  // namespace mesh::app
