// Notices a peer that keeps a transfer open but (nearly) does not move: less than one chunk in a time.
#pragma once
#include "core/base/clock.hpp"
#include "core/base/limits.hpp"

#include <cstdint>

namespace mesh::share {

class stall_watch {
 public:
  explicit stall_watch(steady_time now,
                       steady_time::duration patience = limits::stream_stall_timeout) noexcept
      : patience_(patience), since_(now) {}

  // total: bytes moved so far, of the whole transfer.
  void moved(std::uint64_t total, steady_time now) noexcept {
    if (total < bytes_ + limits::transfer_bytes_per_stall_timeout_min) return;
    bytes_ = total;
    since_ = now;
  }
  // A new period begins: another phase, or we are the ones who hold the peer up.
  void restart(steady_time now) noexcept { since_ = now; }
  steady_time::duration since(steady_time now) const noexcept { return now - since_; }
  bool stalled(steady_time now) const noexcept { return since(now) >= patience_; }

 private:
  steady_time::duration patience_;
  std::uint64_t bytes_ = 0;
  steady_time since_;
};

}  // namespace mesh::share
