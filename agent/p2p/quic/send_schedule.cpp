#include "agent/p2p/quic/send_schedule.hpp"

#include <algorithm>

namespace mesh::quic {

void send_schedule::add(std::int64_t stream, std::size_t unsent) {
  (unsent <= short_bytes_max ? short_ : bulk_).push_back(stream);
}

bool send_schedule::takes_short() const noexcept {
  return !short_.empty() && (bulk_.empty() || short_burst_ < short_burst_bytes_max);
}

std::optional<std::int64_t> send_schedule::next() const noexcept {
  if (takes_short()) return short_.front();
  if (!bulk_.empty()) return bulk_.front();
  return std::nullopt;
}

void send_schedule::sent(std::size_t count) {
  if (takes_short()) {
    short_burst_ += count;
    short_.push_back(short_.front());
    short_.pop_front();
    return;
  }
  short_burst_ = 0;
  turn_sent_ += count;
  if (turn_sent_ < turn_bytes) return;
  turn_sent_ = 0;
  bulk_.push_back(bulk_.front());
  bulk_.pop_front();
}

void send_schedule::remove_next() {
  if (takes_short()) {
    short_.pop_front();
    if (short_.empty()) short_burst_ = 0;
    return;
  }
  if (bulk_.empty()) return;
  bulk_.pop_front();
  turn_sent_ = 0;
}

void send_schedule::forget(std::int64_t stream) {
  if (!bulk_.empty() && bulk_.front() == stream) turn_sent_ = 0;
  std::erase(short_, stream);
  std::erase(bulk_, stream);
}

}  // namespace mesh::quic
