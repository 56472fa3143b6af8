#include "agent/p2p/quic/send_queue.hpp"

#include <algorithm>

namespace mesh::quic {

void send_queue::push(p2p::shared_bytes data) {
  if (data.data.empty()) return;
  unsent_ += data.data.size();
  held_ += data.data.size();
  items_.push_back(std::move(data));
  if (next_bytes_.empty()) next_bytes_ = items_.back().data;
}

std::size_t send_queue::room(std::size_t least, std::size_t under_way) const noexcept {
  const auto unsent_room = unsent_bytes_max - std::min(unsent_, unsent_bytes_max);
  // One more than fits unsent: chunks have heads.
  const auto held_bytes = std::min(unsent_bytes_max + least + under_way, held_bytes_max);
  const auto held_room = held_bytes - std::min(held_, held_bytes);
  const auto room = std::min(unsent_room, held_room);
  return room < least ? 0 : room;
}

std::size_t send_queue::peek(std::span<bytes_view> out, std::size_t enough) const noexcept {
  if (next_bytes_.empty() || out.empty()) return 0;
  out[0] = next_bytes_;
  std::size_t used = 1;
  for (auto bytes = next_bytes_.size();
       bytes < enough && used < out.size() && next_item_ + used < items_.size(); ++used) {
    out[used] = items_[next_item_ + used].data;
    bytes += out[used].size();
  }
  return used;
}

void send_queue::sent(std::size_t count) noexcept {
  unsent_ -= count;
  sent_until_ += count;
  while (count >= next_bytes_.size() && !next_bytes_.empty()) {
    count -= next_bytes_.size();
    ++next_item_;
    next_bytes_ = next_item_ < items_.size() ? bytes_view(items_[next_item_].data) : bytes_view();
  }
  next_bytes_ = next_bytes_.subspan(count);
}

bool send_queue::acknowledged(std::uint64_t offset) {
  const auto held_before = held_;
  while (next_item_ > 0 && first_offset_ + items_.front().data.size() <= offset) {
    const auto size = items_.front().data.size();
    first_offset_ += size;
    held_ -= size;
    items_.pop_front();
    --next_item_;
  }
  return held_ < held_before;
}

void send_queue::clear() {
  items_.clear();
  next_item_ = unsent_ = held_ = 0;
  next_bytes_ = {};
}

}  // namespace mesh::quic
