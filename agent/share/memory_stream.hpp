// A byte_stream pair in memory for tests: ordered and reliable, in pieces of any size, with bounded windows
// and queues, driven step by step by the test. It can be cut, and it can withhold acknowledgements.
#pragma once
#include "agent/p2p/byte_stream.hpp"
#include "agent/p2p/close_code.hpp"
#include "core/base/clock.hpp"

#include <algorithm>
#include <array>
#include <deque>
#include <functional>
#include <memory>
#include <random>
#include <utility>
#include <vector>

namespace mesh::share {

// The network thread of a test: what was posted, and a clock that only the test moves.
class test_loop {
 public:
  void post(std::move_only_function<void()> work) { work_.push_back(std::move(work)); }
  // One piece of work; false when there is none.
  bool step() {
    if (work_.empty()) return false;
    auto work = std::move(work_.front());
    work_.pop_front();
    work();
    return true;
  }
  void run() {
    while (step()) {
    }
  }
  steady_time now() const { return now_; }
  void pass(steady_time::duration d) { now_ += d; }

 private:
  std::deque<std::move_only_function<void()>> work_;
  steady_time now_{std::chrono::hours(1)};
};

struct memory_link_options {
  std::uint32_t seed = 1;
  std::size_t piece_bytes_max = 1U << 20U;  // pieces are of random size up to this
  std::size_t window_bytes = 1U << 20U;     // not yet consumed by the reader
  std::size_t queue_bytes = 1U << 20U;      // written and not yet delivered
};

class memory_stream;

struct memory_link : std::enable_shared_from_this<memory_link> {
  struct half {
    memory_stream* end = nullptr;  // null once its owner destroyed it
    p2p::stream_handler* handler = nullptr;
    std::deque<p2p::shared_bytes> queue;
    std::size_t queued = 0;
    std::size_t sent_of_front = 0;
    std::size_t unconsumed = 0;  // delivered to this half's handler
    bool finished = false;       // by its owner
    bool fin_delivered = false;  // to the peer
    bool full = false;           // writable() was 0
    bool closed = false;         // reset or told that it is
    std::uint64_t total_delivered = 0;
  };

  test_loop& loop;
  memory_link_options options;
  std::mt19937 random;
  std::array<half, 2> halves;
  bool hold_acknowledgements = false;
  std::vector<std::shared_ptr<const void>> unacknowledged;
  std::array<bool, 2> scheduled{};

  memory_link(test_loop& l, memory_link_options o) : loop(l), options(o), random(o.seed) {}

  std::size_t writable(int side) {
    auto& h = halves.at(static_cast<std::size_t>(side));
    const auto left = options.queue_bytes - std::min(options.queue_bytes, h.queued);
    if (left == 0) h.full = true;
    return left;
  }

  void schedule(int side) {
    auto& flag = scheduled.at(static_cast<std::size_t>(side));
    if (std::exchange(flag, true)) return;
    loop.post([self = shared_from_this(), side] {
      self->scheduled.at(static_cast<std::size_t>(side)) = false;
      self->deliver(side);
    });
  }

  // A piece of what `side` wrote reaches the other one.
  void deliver(int side) {
    auto& from = halves.at(static_cast<std::size_t>(side));
    auto& to = halves.at(static_cast<std::size_t>(1 - side));
    if (from.closed || to.closed || to.handler == nullptr) return;
    const std::size_t room = options.window_bytes - std::min(options.window_bytes, to.unconsumed);
    std::size_t count = std::min({from.queued, room, options.piece_bytes_max});
    if (count > 1) count = std::uniform_int_distribution<std::size_t>(1, count)(random);
    const bool fin = from.finished && count == from.queued && !from.fin_delivered;
    if (count == 0 && !fin) return;
    const bytes piece = take(from, count);
    from.fin_delivered |= fin;
    from.total_delivered += count;
    to.unconsumed += count;
    to.handler->on_data(piece, fin);
    if (from.full && from.queued < options.queue_bytes && !from.closed && from.handler != nullptr) {
      from.full = false;
      from.handler->on_writable();
    }
    if (from.queued > 0 || (from.finished && !from.fin_delivered)) schedule(side);
  }

  bytes take(half& from, std::size_t count) {
    bytes piece;
    piece.reserve(count);
    while (piece.size() < count) {
      auto& front = from.queue.front();
      const auto part = front.data.subspan(from.sent_of_front)
                            .first(std::min(count - piece.size(), front.data.size() - from.sent_of_front));
      piece.insert(piece.end(), part.begin(), part.end());
      from.sent_of_front += part.size();
      if (from.sent_of_front < front.data.size()) continue;
      if (hold_acknowledgements) unacknowledged.push_back(std::move(front.owner));
      from.queue.pop_front();
      from.sent_of_front = 0;
    }
    from.queued -= count;
    return piece;
  }

  // The connection is gone for both.
  void cut(const error& reason = {errc::connection_lost, "cut by the test", {}}) {
    for (int side = 0; side < 2; ++side) tell_closed(side, reason);
  }

  void tell_closed(int side, const error& reason) {
    loop.post([self = shared_from_this(), side, reason] {
      auto& h = self->halves.at(static_cast<std::size_t>(side));
      if (std::exchange(h.closed, true)) return;
      h.queue.clear();
      h.queued = 0;
      if (h.handler != nullptr) std::exchange(h.handler, nullptr)->on_closed(reason);
    });
  }
};

class memory_stream final : public p2p::byte_stream {
 public:
  memory_stream(std::shared_ptr<memory_link> link, int side) : link_(std::move(link)), side_(side) {
    mine().end = this;
  }
  ~memory_stream() override {
    if (!mine().closed && !(mine().fin_delivered && theirs().fin_delivered)) reset(0);
    mine().end = nullptr;
    mine().handler = nullptr;
    mine().closed = true;
  }

  void set_handler(p2p::stream_handler* handler) override {
    mine().handler = handler;
    link_->schedule(1 - side_);
  }
  std::size_t writable() const override { return link_->writable(side_); }
  void write(p2p::shared_bytes data) override {
    if (mine().closed) return;
    mine().queued += data.data.size();
    mine().queue.push_back(std::move(data));
    link_->schedule(side_);
  }
  void finish() override {
    mine().finished = true;
    link_->schedule(side_);
  }
  void consume(std::size_t count) override {
    mine().unconsumed -= std::min(count, mine().unconsumed);
    link_->schedule(1 - side_);
  }
  void reset(std::uint64_t code) override {
    if (std::exchange(mine().closed, true)) return;
    mine().queue.clear();
    mine().queued = 0;
    link_->tell_closed(1 - side_, p2p::close_code::to_error(code));
  }

 private:
  memory_link::half& mine() const { return link_->halves.at(static_cast<std::size_t>(side_)); }
  memory_link::half& theirs() const { return link_->halves.at(static_cast<std::size_t>(1 - side_)); }

  std::shared_ptr<memory_link> link_;
  int side_;
};

struct memory_pair {
  std::shared_ptr<memory_link> link;
  std::unique_ptr<p2p::byte_stream> a;
  std::unique_ptr<p2p::byte_stream> b;
};

inline memory_pair make_memory_pair(test_loop& loop, memory_link_options options = {}) {
  auto link = std::make_shared<memory_link>(loop, options);
  return {link, std::make_unique<memory_stream>(link, 0), std::make_unique<memory_stream>(link, 1)};
}

}  // namespace mesh::share
