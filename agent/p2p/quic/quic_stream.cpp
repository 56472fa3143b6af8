#include "agent/p2p/quic/quic_stream.hpp"

#include "agent/p2p/close_code.hpp"
#include "agent/p2p/quic/quic_connection.hpp"
#include "core/base/limits.hpp"

#include <algorithm>

namespace mesh::quic {

stream_state::stream_state(io::executor on, quic_connection& owner, std::int64_t number)
    : id(number), on_(std::move(on)), connection_(&owner) {}

void stream_state::received(bytes_view data, bool fin) {
  unconsumed_ += data.size();
  fin_received_ = fin_received_ || fin;
  if (reason_ || let_go_) {
    consume(data.size());
    return;
  }
  if (handler_ == nullptr || !early_.empty()) {
    early_.insert(early_.end(), data.begin(), data.end());
    return;
  }
  fin_told_ = fin;
  handler_->on_data(data, fin);
}

void stream_state::acknowledged(std::uint64_t offset) {
  if (queue.acknowledged(offset)) check_room();
}

void stream_state::stopped() {
  write_closed_ = true;
}

void stream_state::ended(const error& reason) {
  if (reason_ || let_go_) return;
  reason_ = reason;
  write_closed_ = true;
  tell_later();
}

// What the owner still holds counts no longer: QUIC knows no window of a stream that is gone.
void stream_state::detach() {
  consume(unconsumed_);
  connection_ = nullptr;
  write_closed_ = true;
  queue.clear();
}

void stream_state::set_handler(p2p::stream_handler* handler) {
  handler_ = handler;
  fin_told_ = false;
  reason_told_ = false;
  if (handler_ != nullptr && (!early_.empty() || fin_received_ || reason_)) tell_later();
}

std::size_t stream_state::room_in_queue() const noexcept {
  if (queue.is_full(limits::chunk_bytes)) return 0;
  return queue.room(limits::chunk_bytes, connection_ == nullptr ? 0 : connection_->under_way());
}

std::size_t stream_state::writable() const noexcept {
  const auto room = write_closed_ ? 0 : room_in_queue();
  if (room == 0) starved_ = true;
  return room;
}

void stream_state::write(p2p::shared_bytes data) {
  if (write_closed_ || fin_wanted_) return;
  queue.push(std::move(data));
  if (connection_ != nullptr) connection_->wants_send(*this);
}

void stream_state::finish() {
  if (write_closed_ || fin_wanted_) return;
  fin_wanted_ = true;
  if (connection_ != nullptr) connection_->wants_send(*this);
}

void stream_state::consume(std::size_t count) {
  count = std::min(count, unconsumed_);
  unconsumed_ -= count;
  if (connection_ != nullptr) connection_->give_credit(id, count);
}

void stream_state::reset(std::uint64_t code) {
  if (let_go_) return;
  let_go_ = true;
  write_closed_ = true;
  early_.clear();
  consume(unconsumed_);
  if (connection_ != nullptr) connection_->shut_down(id, code);
}

// The owner is gone. After finish() what was written still goes out, and the peer is asked to send no more.
void stream_state::abandon() {
  handler_ = nullptr;
  if (let_go_) return;
  if (reason_ || !fin_wanted_) {
    reset(p2p::close_code::none);
    return;
  }
  let_go_ = true;
  early_.clear();
  consume(unconsumed_);
  if (connection_ != nullptr && !fin_received_) connection_->stop_reading(id, p2p::close_code::none);
}

void stream_state::check_room() {
  if (!starved_ || write_closed_ || room_in_queue() == 0) return;
  starved_ = false;
  room_due_ = true;
  tell_later();
}

void stream_state::tell_later() {
  if (telling_) return;
  telling_ = true;
  io::post(on_, [self = shared_from_this()] { self->tell(); });
}

// After each callback the handler may be another one, or none.
void stream_state::tell() {
  telling_ = false;
  if (handler_ == nullptr || let_go_) return;
  if (reason_) {
    if (!std::exchange(reason_told_, true)) handler_->on_closed(*reason_);
    return;
  }
  if (!early_.empty() || (fin_received_ && !fin_told_)) {
    const bytes data = std::exchange(early_, {});
    fin_told_ = fin_received_;
    handler_->on_data(data, fin_received_);
  }
  if (handler_ != nullptr && !let_go_ && !reason_ && std::exchange(room_due_, false)) handler_->on_writable();
}

}  // namespace mesh::quic
