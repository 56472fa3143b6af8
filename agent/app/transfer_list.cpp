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
    if (record.direction == transfer_direction::in && change != transfer_change::progressed) changed_ = true;
  });
}

transfer_list::~transfer_list() {
  if (auto history = unwritten()) warn_of(save_history(dir_, std::move(*history)));
}

io::task<> transfer_list::keep() {
  while (true) {
    while (!changed_) co_await watch_.changed();
    auto next = pause;
    if (auto history = unwritten()) {
      const auto written = co_await disk_.run([&dir = dir_, history = std::move(*history)] mutable {
        return save_history(dir, std::move(history));
      });
      warn_of(written);
      if (!written) {
        changed_ = true;
        next = pause_after_failure;
      }
    }
    co_await io::sleep_for(next);
  }
}

std::optional<received_history> transfer_list::unwritten() {
  if (!std::exchange(changed_, false)) return std::nullopt;
  return recorder_.history();
}

void transfer_list::warn_of(const result<void>& written) {
  if (!written && !warned_)
    log::warn("share", "the list of what was received cannot be kept: {}", written.error().detail);
  warned_ = !written;
}

}  // namespace mesh::app
