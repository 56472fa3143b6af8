#include "core/net/ws_core.hpp"

#include "core/base/escape.hpp"

#include <array>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace mesh::net {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace websocket = boost::beast::websocket;
using boost::system::error_code;

namespace {

constexpr std::size_t close_reason_bytes_max = 123;  // RFC 6455 section 5.5
constexpr std::size_t first_read_bytes = 64;
constexpr std::size_t read_bytes_min = 1024;
constexpr std::size_t pings_per_window_max = 100;
constexpr auto ping_window = std::chrono::seconds(10);
constexpr std::uint16_t close_code_max = 4999;  // RFC 6455 section 7.4.2

std::string cut_reason(std::string reason) {
  if (reason.size() <= close_reason_bytes_max) return reason;
  reason.resize(close_reason_bytes_max);
  while (!reason.empty() && !valid_utf8(reason)) reason.pop_back();
  return reason;
}

// A whole message in one frame, without a mask as a server sends it (RFC 6455 section 5.2).
std::string frame_head(bool binary, std::size_t size) {
  std::string head(1, binary ? '\x82' : '\x81');
  const auto add = [&](std::size_t byte) { head.push_back(static_cast<char>(byte)); };
  const auto add_big_endian = [&](unsigned bytes) {
    for (unsigned i = bytes; i-- > 0;) add(size >> (8 * i) & 0xFFU);
  };
  if (size < 126) {
    add(size);
  } else if (size <= 0xFFFF) {
    add(126);
    add_big_endian(2);
  } else {
    add(127);
    add_big_endian(8);
  }
  return head;
}

}  // namespace

ws_core::ws_core(any_stream stream, ws_limits bounds, beast::role_type role)
    : remote(stream.remote_address()), role_(role), bounds_(bounds), ws_(std::move(stream)) {
  websocket::stream_base::timeout times{};
  times.handshake_timeout = bounds.close_timeout;
  times.idle_timeout = bounds.silence_max;
  times.keep_alive_pings = true;
  ws_.set_option(times);
  ws_.read_message_max(bounds.message_bytes_max);
  ws_.auto_fragment(false);
  ws_.text(!bounds.binary);
}

void ws_core::opened() {
  open_ = true;
  ws_.control_callback([this](websocket::frame_type kind, beast::string_view) { on_control(kind); });
}

void ws_core::send(std::string text) {
  if (!open_ || closing_) return;
  if (send_at_once(text)) return;
  if (queue_.size() >= bounds_.queue_messages_max || queue_bytes_ + text.size() > bounds_.queue_bytes_max) {
    queue_.clear();
    queue_bytes_ = 0;
    close(close_code::policy_violation, "the receiver is too slow");
    return;
  }
  queue_bytes_ += text.size();
  queue_.push_back(std::move(text));
  start_writer();
}

void ws_core::close(std::uint16_t code, std::string reason) {
  if (!open_ || closing_) return;
  closing_ = true;
  closing_with_ = websocket::close_reason(websocket::close_code(code), cut_reason(std::move(reason)));
  // Whatever hangs from here on, hangs no longer than this.
  ws_.next_layer().expires_after(bounds_.close_timeout);
  notify();
  start_writer();
}

io::task<result<std::string>> ws_core::receive() {
  const auto self = shared_from_this();
  if (reading_) co_return fail(errc::internal, "two receive() at a time");
  if (failure_) co_return std::unexpected(*failure_);
  reading_ = true;
  // Waiting for a message costs a few bytes only; memory for it is taken once it arrives.
  std::array<char, first_read_bytes> start;
  error_code failure;
  auto count =
      co_await ws_.async_read_some(asio::buffer(start), asio::redirect_error(asio::use_awaitable, failure));
  std::string text(start.data(), count);
  while (!failure && !ws_.is_message_done()) {
    const auto have = text.size();
    text.resize(have + std::max(have, read_bytes_min));
    const auto rest = asio::buffer(text.data() + have, text.size() - have);
    count = co_await ws_.async_read_some(rest, asio::redirect_error(asio::use_awaitable, failure));
    text.resize(have + count);
  }
  reading_ = false;
  if (!failure && ws_.got_text() == bounds_.binary) {
    failure_ = error{errc::bad_frame, "text came where bytes are spoken, or bytes where text is", {}};
    close(close_code::unsupported_data, bounds_.binary ? "binary only" : "text only");
  } else if (failure) {
    ended_by(failure);
  } else if (!bounds_.binary && !valid_utf8(text)) {
    // Beast checks what arrives, but not that an empty last frame leaves a character unfinished.
    failure_ = error{errc::invalid_utf8, "a text message that is not UTF-8", {}};
    close(close_code::bad_payload, "a character is cut off");
  }
  if (failure_) co_return std::unexpected(*failure_);
  co_return text;
}

void ws_core::abandon() {
  if (closing_ && writing_) return;  // the writer says goodbye and then closes
  cut();
}

io::task<> ws_core::closed() {
  const auto self = shared_from_this();
  if (!changed_) changed_.emplace(ws_.get_executor());
  while (open_ || writing_ || lingering_) co_await self->changed_->wait();
}

io::task<> ws_core::drained(std::size_t bytes_max) {
  const auto self = shared_from_this();
  if (!changed_) changed_.emplace(ws_.get_executor());
  while (is_open() && queue_bytes_ > bytes_max) co_await self->changed_->wait();
}

void ws_core::on_control(websocket::frame_type kind) {
  if (kind == websocket::frame_type::close) {
    peer_closing_ = true;
    // Beast would echo a code that no one may send.
    if (ws_.reason().code > close_code_max) {
      if (role_ == beast::role_type::server) ws_.next_layer().write_now("\x88\x02\x03\xEA");  // close, 1002
      failure_ = error{errc::bad_frame, "the peer closed with a code that does not exist", {}};
      cut();
    }
    return;
  }
  const auto now = std::chrono::steady_clock::now();
  if (now - pings_since_ > ping_window) {
    pings_since_ = now;
    pings_ = 0;
  }
  if (++pings_ > pings_per_window_max) {
    failure_ = error{errc::rate_limited, "too many pings", {}};
    cut();
  }
}

void ws_core::notify() {
  if (changed_) changed_->notify();
}

void ws_core::cut() {
  ws_.next_layer().close();
  open_ = false;
  if (close_received_ == 0) close_received_ = close_code::abnormal;
  notify();
}

void ws_core::ended_by(const error_code& failure) {
  if (!failure_) failure_ = meaning_of(failure);
  // The closing side of this connection may have read the peer's close frame before the reader did.
  if (ws_.reason().code != 0)
    close_received_ = static_cast<std::uint16_t>(ws_.reason().code);
  else if (close_received_ == 0)
    close_received_ = failure == websocket::error::closed ? close_code::no_status : close_code::abnormal;
  open_ = false;
  if (!lingering_) start_linger();
  notify();
}

error ws_core::meaning_of(const error_code& failure) const {
  using websocket::error;
  if (failure == error::closed)
    return {errc::connection_lost, "the peer closed with code " + std::to_string(ws_.reason().code), {}};
  if (failure == error::message_too_big || failure == error::buffer_overflow)
    return {errc::too_large,
            "a message of more than " + std::to_string(bounds_.message_bytes_max) + " bytes",
            {}};
  if (failure == error::bad_frame_payload)
    return {errc::invalid_utf8, "a text message that is not UTF-8", {}};
  if (failure == beast::error::timeout) return {errc::stalled, "the peer did not answer a ping", {}};
  if (failure == websocket::condition::protocol_violation) return {errc::bad_frame, failure.message(), {}};
  return {errc::connection_lost, failure.message(), {}};
}

bool ws_core::send_at_once(std::string_view text) {
  if (role_ != beast::role_type::server || writing_ || peer_closing_ || !queue_.empty()) return false;
  const auto head = frame_head(bounds_.binary, text.size());
  return ws_.next_layer().write_at_once(head, text);
}

void ws_core::start_writer() {
  if (writing_) return;
  writing_ = true;
  asio::co_spawn(ws_.get_executor(), write_all(), asio::detached);
}

io::task<> ws_core::write_all() {
  const auto self = shared_from_this();
  error_code failure;
  while (!failure && !queue_.empty()) {
    const auto text = std::move(queue_.front());
    queue_.pop_front();
    co_await ws_.async_write(asio::buffer(text), asio::redirect_error(asio::use_awaitable, failure));
    queue_bytes_ -= std::min(queue_bytes_, text.size());
    notify();
  }
  if (!failure && closing_)
    co_await ws_.async_close(closing_with_, asio::redirect_error(asio::use_awaitable, failure));
  writing_ = false;
  if (failure || closing_) {
    queue_.clear();
    queue_bytes_ = 0;
    // A reader, if there is one, sees the end itself and learns the peer's code.
    if (!reading_ && close_received_ == 0) {
      close_received_ =
          ws_.reason().code == 0 ? close_code::abnormal : static_cast<std::uint16_t>(ws_.reason().code);
      if (!failure_) failure_ = error{errc::connection_lost, "the connection was closed", {}};
    }
    if (failure) ws_.next_layer().close();
    open_ = false;
    if (!lingering_) start_linger();
  }
  notify();
}

void ws_core::start_linger() {
  lingering_ = true;
  asio::co_spawn(ws_.get_executor(), linger(), asio::detached);
}

io::task<> ws_core::linger() {
  const auto self = shared_from_this();
  co_await ws_.next_layer().linger(bounds_.close_timeout);
  lingering_ = false;
  notify();
}

}  // namespace mesh::net
