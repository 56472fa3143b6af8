#include "agent/p2p/quic/send_queue.hpp"

#include <algorithm>

namespace mesh::quic {

void send_queue::push(p2p::shared_bytes data) {
  if (data.data.empty()) return;
  unsent_ += data.data.size();
  held_ += data.data.size();
  items_.push_back(std::move(data));
}

std::size_t send_queue::room(std::size_t least, std::size_t under_way) const noexcept {
  const auto unsent_room = unsent_bytes_max - std::min(unsent_, unsent_bytes_max);
  // One more than fits unsent: chunks have heads.
  const auto held_bytes = std::min(unsent_bytes_max + least + under_way, held_bytes_max);
  const auto held_room = held_bytes - std::min(held_, held_bytes);
  const auto room = std::min(unsent_room, held_room);
  return room < least ? 0 : room;
}

std::size_t send_queue::peek(std::span<bytes_view> out) const noexcept {
  std::size_t used = 0;
  for (auto i = next_item_; i < items_.size() && used < out.size(); ++i)
    out[used++] = items_[i].data.subspan(i == next_item_ ? next_byte_ : 0);
  return used;
}

void send_queue::sent(std::size_t count) noexcept {
  unsent_ -= count;
  sent_until_ += count;
  next_byte_ += count;
  while (next_item_ < items_.size() && next_byte_ >= items_[next_item_].data.size()) {
    next_byte_ -= items_[next_item_].data.size();
    ++next_item_;
  }
}

void send_queue::acknowledged(std::uint64_t offset) {
  while (next_item_ > 0 && first_offset_ + items_.front().data.size() <= offset) {
    const auto size = items_.front().data.size();
    first_offset_ += size;
    held_ -= size;
    items_.pop_front();
    --next_item_;
  }
}

void send_queue::clear() {
  items_.clear();
  next_item_ = next_byte_ = unsent_ = held_ = 0;
}

}  // namespace mesh::quic
