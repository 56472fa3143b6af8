#include "agent/p2p/quic/packet_ladder.hpp"

namespace mesh::quic {

std::optional<std::size_t> packet_ladder::next_try(std::size_t unsent) const noexcept {
  if (under_way_ || rung_ == rungs.size() || proven_ >= rungs.at(rung_)) return std::nullopt;
  // Short messages never wait for a packet that may be lost.
  if (unsent < 4 * rungs.at(rung_)) return std::nullopt;
  return rungs.at(rung_);
}

void packet_ladder::tried(std::int64_t stream, std::uint64_t end, std::uint64_t lost) noexcept {
  under_way_ = {stream, end, lost};
}

void packet_ladder::acknowledged(std::int64_t stream, std::uint64_t offset, std::uint64_t lost) noexcept {
  if (!under_way_ || under_way_->stream != stream || offset < under_way_->end) return;
  const bool arrived = lost == under_way_->lost;
  under_way_.reset();
  if (arrived) {
    proven_ = rungs.at(rung_);
    return;
  }
  if (++failed_ < attempts_max) return;
  failed_ = 0;
  ++rung_;
}

void packet_ladder::give_up() noexcept {
  under_way_.reset();
  rung_ = rungs.size();
  proven_ = bytes_min;
}

void packet_ladder::forget(std::int64_t stream) noexcept {
  if (under_way_ && under_way_->stream == stream) under_way_.reset();
}

}  // namespace mesh::quic
