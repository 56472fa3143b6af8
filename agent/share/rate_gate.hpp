// Several rates that one transfer has to keep, and the turns of those who share a rate: nobody starves.
#pragma once
#include "agent/share/token_bucket.hpp"

#include <deque>
#include <functional>
#include <memory>
#include <vector>

namespace mesh::share {

class rate_gate;

// One bound, shared by the gates that were given it. One thread.
class shared_rate {
 public:
  explicit shared_rate(std::optional<std::uint64_t> rate = {}) : bucket_(rate) {}
  std::optional<std::uint64_t> rate() const noexcept { return bucket_.rate(); }
  void set_rate(std::optional<std::uint64_t> rate) noexcept { bucket_.set_rate(rate); }

 private:
  friend class rate_gate;
  // 0 when nothing may move, or when it is somebody else's turn: who then stands in line.
  std::size_t ask(rate_gate& who, std::size_t wanted, steady_time now);
  void leave(rate_gate& who) noexcept;

  token_bucket bucket_;
  std::deque<rate_gate*> line_;
};

class rate_gate {
 public:
  // on_turn: bytes may move again; called from inside of another gate's calls, so only post there. It is not
  // called for what time brings: ask again at every tick.
  rate_gate(std::vector<std::shared_ptr<shared_rate>> rates, std::function<void()> on_turn)
      : rates_(std::move(rates)), on_turn_(std::move(on_turn)) {}
  rate_gate(const rate_gate&) = delete;
  rate_gate& operator=(const rate_gate&) = delete;
  ~rate_gate() { leave(); }

  // Asked in vain, and wants to ask again.
  bool waiting() const noexcept { return waiting_; }
  // How many of `wanted` bytes may move now. Whoever asks wants to move them: otherwise leave().
  std::size_t ask(std::size_t wanted, steady_time now);
  // count bytes were moved; the next in line gets its turn.
  void spend(std::size_t count, steady_time now);
  // There is nothing to move at present.
  void leave() noexcept;

 private:
  friend class shared_rate;
  std::vector<std::shared_ptr<shared_rate>> rates_;
  std::function<void()> on_turn_;
  bool waiting_ = false;
};

}  // namespace mesh::share
