// When a lost database may be tried again, so that a server that is down costs every request nothing.
#pragma once
#include <algorithm>
#include <chrono>

namespace mesh::db {

// Not thread-safe.
class reconnect {
 public:
  using time = std::chrono::steady_clock::time_point;

  bool may_try(time now) const { return now >= next_; }
  void failed(time now) {
    wait_ = std::min(wait_ * 2, longest);
    next_ = now + wait_;
  }
  void succeeded() {
    wait_ = shortest / 2;
    next_ = {};
  }
  bool down() const { return next_ != time(); }

 private:
  static constexpr std::chrono::milliseconds shortest{100};
  static constexpr std::chrono::milliseconds longest{5'000};
  std::chrono::milliseconds wait_ = shortest / 2;
  time next_;
};

}  // namespace mesh::db
