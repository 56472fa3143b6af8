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

transfer_list::transfer_list(const io::executor& on, const os::private_dir& dir, io::pool& disk,
                             const announced_peers& peers, transfer_calls calls)
    : dir_(dir), disk_(disk), watch_(on, book_), recorder_(book_, peers, std::move(calls)) {
  recorder_.restore(load_history(dir_));
  book_.listen([this](transfer_change change, const transfer_record& record) {
    if (record.direction == transfer_direction::in && change != transfer_change::progressed) changed_ = true;
  });
}

transfer_list::~transfer_list() {
  if (const auto text = unwritten()) save_history(dir_, *text);
}

io::task<> transfer_list::keep() {
  while (true) {
    while (!changed_) co_await watch_.changed();
    if (const auto text = unwritten()) {
      const auto written = co_await disk_.run([this, &text] { save_history(dir_, *text); });
      if (!written) changed_ = true;
    }
    co_await io::sleep_for(pause);
  }
}

std::optional<std::string> transfer_list::unwritten() {
  if (!std::exchange(changed_, false)) return std::nullopt;
  return render_history(recorder_.history());
}

}  // namespace mesh::app
