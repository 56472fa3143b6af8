#include "agent/p2p/control_stream.hpp"

#include "agent/p2p/close_code.hpp"
#include "core/base/limits.hpp"

#include <algorithm>

namespace mesh::p2p {
namespace {

constexpr std::size_t length_bytes = 4;

shared_bytes frame_of(const wire::p2p_message& message) {
  const auto owner = std::make_shared<const bytes>(wire::json_frame(wire::render_p2p_message(message)));
  return {owner, *owner};
}

}  // namespace

control_stream::control_stream(std::unique_ptr<byte_stream> stream, calls then)
    : stream_(std::move(stream)), calls_(std::move(then)) {
  stream_->set_handler(this);
}

control_stream::~control_stream() = default;

void control_stream::send(const wire::p2p_message& message) {
  if (stream_) stream_->write(frame_of(message));
}

void control_stream::send_and_finish(const wire::p2p_message& message) {
  if (!stream_) return;
  stream_->write(frame_of(message));
  stream_->finish();
}

void control_stream::reset(std::uint64_t code) {
  if (stream_) stream_->reset(code);
}

std::unique_ptr<byte_stream> control_stream::release(bytes_view& rest) {
  rest = std::exchange(unread_, {});
  stream_->set_handler(nullptr);
  return std::move(stream_);
}

void control_stream::on_data(bytes_view data, bool fin) {
  const std::weak_ptr<int> alive = alive_;
  unread_ = data;
  while (!unread_.empty()) {
    if (!read_one(unread_)) return;
    if (alive.expired() || !stream_) return;
  }
  if (fin) end({errc::canceled, "the peer ended it", {}});
}

// Takes one message, or the beginning of one, off the front of data. False when the stream is done with.
bool control_stream::read_one(bytes_view& data) {
  const auto take_until = [&](std::size_t size) {
    const auto count = std::min(size - std::min(size, partial_.size()), data.size());
    partial_.insert(partial_.end(), data.begin(), data.begin() + static_cast<std::ptrdiff_t>(count));
    data = data.subspan(count);
    stream_->consume(count);
    return partial_.size() >= size;
  };
  if (!take_until(length_bytes)) return true;
  const std::size_t length = get_be<std::uint32_t>(partial_.data());
  if (length == 0 || length > limits::json_message_bytes_max) {
    fail_with({errc::bad_frame, "a message of an impossible length", {}});
    return false;
  }
  if (!take_until(length_bytes + length)) return true;
  const bytes whole = std::exchange(partial_, {});
  auto message = wire::parse_p2p_message(as_text(bytes_view(whole).subspan(length_bytes)));
  if (!message) {
    fail_with(message.error());
    return false;
  }
  const auto tell = calls_.on_message;  // which may set other calls
  tell(*this, std::move(*message));
  return true;
}

void control_stream::fail_with(const error& reason) {
  stream_->reset(close_code::bad_frame);
  end(reason);
}

void control_stream::on_closed(const error& reason) {
  end(reason);
}

void control_stream::end(const error& reason) {
  const auto tell = std::exchange(calls_, {}).on_end;
  if (tell) tell(*this, reason);
}

}  // namespace mesh::p2p
