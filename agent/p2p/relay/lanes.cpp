#include "agent/p2p/relay/lanes.hpp"

#include "agent/p2p/close_code.hpp"
#include "agent/p2p/relay/relayed_stream.hpp"

#include <algorithm>
#include <limits>

namespace mesh::relay {
namespace {

// A page has a control stream, one of pings and one for each transfer.
constexpr std::size_t lanes_max = 64;
// Words that wait to be sent; only a peer that floods makes more of them.
constexpr std::size_t words_max = 1024;
constexpr std::uint32_t credit_step = window_bytes / 4;

std::unexpected<error> broken(const char* what) {
  return fail(errc::bad_frame, what);
}

}  // namespace

result<std::unique_ptr<p2p::byte_stream>> lanes::open() {
  if (over_) return fail(errc::connection_lost, "the relayed connection is gone");
  if (all_.size() >= lanes_max) return fail(errc::busy, "too many streams of one relayed connection");
  const auto number = std::exchange(next_own_, next_own_ + 2);
  auto stream = hold(number);
  say(render_frame({frame_kind::open, number, {}}));
  return stream;
}

std::unique_ptr<p2p::byte_stream> lanes::hold(std::uint32_t number) {
  const auto made = std::make_shared<lane>(number);
  all_.emplace(number, made);
  return std::make_unique<relayed_stream>(shared_from_this(), made);
}

void lanes::say(bytes rendered) {
  words_.push_back(std::move(rendered));
  calls_.wake();
}

// -- what comes in

result<void> lanes::take(const frame& f) {
  if (over_) return {};
  if (f.kind == frame_kind::open) return take_open(f.stream);
  const auto found = all_.find(f.stream);
  if (found == all_.end()) {
    // The last words about a stream that was reset here may still be on their way.
    const bool was = f.stream % 2 == 0 ? f.stream < next_theirs_ : f.stream < next_own_;
    if (!was) return broken("a relayed message for a stream that nobody opened");
    return {};
  }
  const auto held = found->second;
  switch (f.kind) {
    case frame_kind::data:
      return take_data(held, f.body);
    case frame_kind::fin:
      if (held->fin_received) return broken("a stream that ends twice");
      held->fin_received = true;
      if (held->handler != nullptr && held->early.empty()) {
        held->fin_told = true;
        held->handler->on_data({}, true);
      }
      drop(*held);
      return {};
    case frame_kind::reset:
      take_reset(held, get_be<std::uint32_t>(f.body.data()));
      return {};
    default:
      held->credit += get_be<std::uint32_t>(f.body.data());
      if (held->credit > std::numeric_limits<std::uint32_t>::max())
        return broken("more credit than anybody gives");
      calls_.wake();
      return {};
  }
}

result<void> lanes::take_open(std::uint32_t number) {
  if (number % 2 != 0 || number < next_theirs_) return broken("a stream with a number that is not its turn");
  next_theirs_ = std::uint64_t{number} + 2;
  if (all_.size() >= lanes_max || !calls_.opened) {
    if (words_.size() >= words_max) return broken("a flood of streams");
    say(render_number_frame(frame_kind::reset, number, p2p::close_code::denied));
    return {};
  }
  calls_.opened(hold(number));
  return {};
}

result<void> lanes::take_data(const std::shared_ptr<lane>& to, bytes_view data) {
  if (to->fin_received) return broken("content behind the end of a stream");
  if (data.size() > to->room) return broken("more than there is room for");
  to->room -= data.size();
  if (!to->held) {
    consume(*to, data.size());
  } else if (to->handler != nullptr && to->early.empty()) {
    to->handler->on_data(data, false);
  } else {
    to->early.insert(to->early.end(), data.begin(), data.end());
  }
  return {};
}

void lanes::take_reset(const std::shared_ptr<lane>& which, std::uint32_t code) {
  which->over = true;
  which->reason = p2p::close_code::to_error(code);
  drop(*which);
  if (which->early.empty()) tell(which);
}

void lanes::end(const error& reason) {
  if (std::exchange(over_, true)) return;
  words_.clear();
  const auto ending = std::exchange(all_, {});
  for (const auto& [number, held] : ending) {
    held->over = true;
    if (!held->held) continue;
    held->reason = reason;
    if (held->early.empty()) tell(held);
  }
}

void lanes::drop(lane& which) {
  if (which.spent()) all_.erase(which.number);
}

// -- what goes out

std::optional<bytes> lanes::next() {
  if (!words_.empty()) {
    auto word = std::move(words_.front());
    words_.pop_front();
    return word;
  }
  if (all_.empty()) return std::nullopt;
  // From the one behind the last, round to it again.
  auto at = all_.upper_bound(last_served_);
  for (std::size_t i = 0; i < all_.size(); ++i) {
    if (at == all_.end()) at = all_.begin();
    if (at->second->wants_to_send()) {
      last_served_ = at->first;
      return piece_of(at->second);
    }
    ++at;
  }
  return std::nullopt;
}

bytes lanes::piece_of(const std::shared_ptr<lane>& from) {
  if (from->queued == 0) {
    from->fin_sent = true;
    auto fin = render_frame({frame_kind::fin, from->number, {}});
    drop(*from);
    return fin;
  }
  const bool was_full = from->queued > room_threshold;
  const auto size = std::min({from->queued, static_cast<std::size_t>(from->credit), frame_data_bytes_max});
  bytes out;
  out.reserve(frame_head_bytes + size);
  out = render_frame({frame_kind::data, from->number, {}});
  for (auto left = size; left > 0;) {
    auto& first = from->queue.front();
    const auto count = std::min(left, first.data.size());
    out.insert(out.end(), first.data.begin(), first.data.begin() + static_cast<std::ptrdiff_t>(count));
    first.data = first.data.subspan(count);
    left -= count;
    if (first.data.empty()) from->queue.pop_front();
  }
  from->queued -= size;
  from->credit -= size;
  if (was_full && from->queued <= room_threshold)
    calls_.post([from] {
      if (from->handler != nullptr && !from->over) from->handler->on_writable();
    });
  return out;
}

// -- for the streams

void lanes::set_handler(const std::shared_ptr<lane>& of, p2p::stream_handler* handler) {
  of->handler = handler;
  of->fin_told = false;
  if (handler != nullptr && (!of->early.empty() || of->fin_received || of->reason))
    calls_.post([of] { tell(of); });
}

void lanes::write(lane& to, p2p::shared_bytes data) {
  if (to.over || to.fin_wanted || data.data.empty()) return;
  to.queued += data.data.size();
  to.queue.push_back(std::move(data));
  if (to.credit > 0) calls_.wake();
}

void lanes::finish(lane& which) {
  if (which.over || std::exchange(which.fin_wanted, true)) return;
  calls_.wake();
}

void lanes::consume(lane& of, std::size_t count) {
  if (of.over) return;
  of.consumed += static_cast<std::uint32_t>(count);
  if (of.consumed < credit_step || of.fin_received) return;
  of.room += of.consumed;
  say(render_number_frame(frame_kind::credit, of.number, std::exchange(of.consumed, 0)));
}

void lanes::reset(lane& which, std::uint64_t code) {
  if (std::exchange(which.over, true)) return;
  which.early.clear();
  which.reason.reset();
  which.queue.clear();
  which.queued = 0;
  say(render_number_frame(frame_kind::reset, which.number, static_cast<std::uint32_t>(code)));
  drop(which);
}

void lanes::let_go(lane& which) {
  which.held = false;
  which.handler = nullptr;
  if (!which.fin_wanted) reset(which, p2p::close_code::none);
  which.early.clear();
  // What still comes is of no interest, but must not hold up its sender.
  if (!which.over && !which.fin_received && which.room < window_bytes) {
    which.consumed = 0;
    say(render_number_frame(
        frame_kind::credit, which.number,
        static_cast<std::uint32_t>(window_bytes - std::exchange(which.room, window_bytes))));
  }
  drop(which);
}

void tell(const std::shared_ptr<lane>& which) {
  if (which->handler == nullptr) return;
  if (!which->early.empty() || (which->fin_received && !which->fin_told)) {
    const bytes data = std::exchange(which->early, {});
    which->fin_told = which->fin_received;
    which->handler->on_data(data, which->fin_received);
  }
  if (which->handler != nullptr && which->reason) {
    const error reason = *std::exchange(which->reason, std::nullopt);
    which->handler->on_closed(reason);
  }
}

}  // namespace mesh::relay
