#include "agent/p2p/webtransport/browser_stream.hpp"

#include "agent/p2p/close_code.hpp"
#include "agent/p2p/webtransport/error_code.hpp"

#include <utility>

namespace mesh::webtransport {

browser_stream::browser_stream(std::unique_ptr<p2p::byte_stream> raw, poster post, session_fate fate,
                               bytes_view early)
    : raw_(std::move(raw)), post_(std::move(post)), fate_(std::move(fate)), early_(to_bytes(early)) {
  raw_->set_handler(this);
}

browser_stream::~browser_stream() {
  // Code 0 of QUIC means nothing to HTTP/3.
  if (!over_) raw_->reset(to_http3(p2p::close_code::none));
}

void browser_stream::set_handler(p2p::stream_handler* handler) {
  handler_ = handler;
  fin_told_ = false;
  if (handler_ != nullptr && (!early_.empty() || fin_ || reason_ || room_due_)) tell_later();
}

void browser_stream::finish() {
  over_ = true;
  raw_->finish();
}

void browser_stream::reset(std::uint64_t code) {
  over_ = true;
  early_.clear();
  raw_->reset(to_http3(static_cast<std::uint32_t>(code)));
}

void browser_stream::on_data(bytes_view data, bool fin) {
  fin_ = fin_ || fin;
  if (handler_ == nullptr || !early_.empty()) {
    early_.insert(early_.end(), data.begin(), data.end());
    return;
  }
  fin_told_ = fin;
  handler_->on_data(data, fin);
}

void browser_stream::on_writable() {
  if (handler_ != nullptr)
    handler_->on_writable();
  else
    room_due_ = true;
}

void browser_stream::on_closed(const error& reason) {
  over_ = true;
  const error told = fate_->value_or(reason);
  if (handler_ != nullptr && early_.empty())
    handler_->on_closed(told);
  else
    reason_ = told;
}

void browser_stream::tell_later() {
  post_([this, alive = std::weak_ptr(alive_)] {
    if (!alive.expired()) tell();
  });
}

// After each callback this stream may be gone, or have another handler.
void browser_stream::tell() {
  const std::weak_ptr alive = alive_;
  if (handler_ == nullptr) return;
  if (!early_.empty() || (fin_ && !fin_told_)) {
    const bytes data = std::exchange(early_, {});
    fin_told_ = fin_;
    handler_->on_data(data, fin_);
    if (alive.expired() || handler_ == nullptr) return;
  }
  if (reason_) {
    const error reason = *std::exchange(reason_, std::nullopt);
    handler_->on_closed(reason);
    return;
  }
  if (std::exchange(room_due_, false)) handler_->on_writable();
}

}  // namespace mesh::webtransport
