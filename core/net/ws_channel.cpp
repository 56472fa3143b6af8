#include "core/net/ws_channel.hpp"

#include "core/base/escape.hpp"
#include "core/io/condition.hpp"
#include "core/io/deadline.hpp"
#include "core/net/connect.hpp"
#include "core/net/ws_accept.hpp"

#include <list>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/websocket/stream.hpp>

// What Beast wants to know about a transport of ours; found by argument-dependent lookup.
namespace mesh::net {

inline void beast_close_socket(any_stream& stream) {
  stream.close();
}

inline void teardown(boost::beast::role_type, any_stream& stream, boost::system::error_code& failure) {
  stream.shutdown_send();
  failure = {};
}

// Only says goodbye; ws_core lingers afterwards until the peer has read it.
template <class Handler>
void async_teardown(boost::beast::role_type, any_stream& stream, Handler&& handler) {
  stream.shutdown_send();
  boost::asio::post(stream.get_executor(),
                    [done = std::forward<Handler>(handler)]() mutable { done(boost::system::error_code()); });
}

}  // namespace mesh::net

namespace mesh::net {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace websocket = boost::beast::websocket;
using boost::system::error_code;

namespace {

using ws_stream = websocket::stream<any_stream, false>;
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

// Everything of one connection; its coroutines keep it alive, the channel only points to it.
class ws_core : public std::enable_shared_from_this<ws_core> {
 public:
  ws_core(any_stream stream, ws_limits bounds, beast::role_type role)
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

  ws_stream& stream() { return ws_; }

  // After the opening handshake.
  void opened() {
    open_ = true;
    ws_.control_callback([this](websocket::frame_type kind, beast::string_view) { on_control(kind); });
  }

  void send(std::string text) {
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

  void close(std::uint16_t code, std::string reason) {
    if (!open_ || closing_) return;
    closing_ = true;
    closing_with_ = websocket::close_reason(websocket::close_code(code), cut_reason(std::move(reason)));
    // Whatever hangs from here on, hangs no longer than this.
    ws_.next_layer().expires_after(bounds_.close_timeout);
    notify();
    start_writer();
  }

  io::task<result<std::string>> receive() {
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

  // The owner is gone: nobody waits for a closing handshake.
  void abandon() {
    if (closing_ && writing_) return;  // the writer says goodbye and then closes
    cut();
  }

  io::task<> closed() {
    const auto self = shared_from_this();
    if (!changed_) changed_.emplace(ws_.get_executor());
    while (open_ || writing_ || lingering_) co_await self->changed_->wait();
  }

  io::task<> drained(std::size_t bytes_max) {
    const auto self = shared_from_this();
    if (!changed_) changed_.emplace(ws_.get_executor());
    while (is_open() && queue_bytes_ > bytes_max) co_await self->changed_->wait();
  }

  bool is_open() const { return open_ && !closing_ && !failure_; }
  std::uint16_t close_received() const { return close_received_; }
  std::size_t queued() const { return queue_.size(); }

  const std::string remote;

 private:
  void on_control(websocket::frame_type kind) {
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

  void notify() {
    if (changed_) changed_->notify();
  }

  // Ends the connection as it stands.
  void cut() {
    ws_.next_layer().close();
    open_ = false;
    if (close_received_ == 0) close_received_ = close_code::abnormal;
    notify();
  }

  // A read ended by failure. Beast has answered a broken rule or a close frame by then.
  void ended_by(const error_code& failure) {
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

  error meaning_of(const error_code& failure) const {
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

  // Almost every message of a server goes this way: one system call, no coroutine. Never between two pieces
  // of what Beast writes by itself (pong, close), which are pending writes of the stream.
  bool send_at_once(std::string_view text) {
    if (role_ != beast::role_type::server || writing_ || peer_closing_ || !queue_.empty()) return false;
    const auto head = frame_head(bounds_.binary, text.size());
    return ws_.next_layer().write_at_once(head, text);
  }

  // Exists only while there is something to write, so that an idle connection costs no coroutine.
  void start_writer() {
    if (writing_) return;
    writing_ = true;
    asio::co_spawn(ws_.get_executor(), write_all(), asio::detached);
  }

  io::task<> write_all() {
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

  void start_linger() {
    lingering_ = true;
    asio::co_spawn(ws_.get_executor(), linger(), asio::detached);
  }

  io::task<> linger() {
    const auto self = shared_from_this();
    co_await ws_.next_layer().linger(bounds_.close_timeout);
    lingering_ = false;
    notify();
  }

  beast::role_type role_;
  ws_limits bounds_;
  ws_stream ws_;
  std::optional<io::condition> changed_;  // made when somebody waits
  std::list<std::string> queue_;          // no allocation while empty
  std::size_t queue_bytes_ = 0;
  websocket::close_reason closing_with_;
  std::optional<error> failure_;
  std::chrono::steady_clock::time_point pings_since_;
  std::size_t pings_ = 0;
  std::uint16_t close_received_ = 0;
  bool open_ = false;
  bool closing_ = false;
  bool peer_closing_ = false;
  bool reading_ = false;
  bool writing_ = false;
  bool lingering_ = false;
};

class beast_channel final : public ws_channel {
 public:
  explicit beast_channel(std::shared_ptr<ws_core> core) : core_(std::move(core)) {}
  ~beast_channel() override { core_->abandon(); }

  void send(std::string text) override { core_->send(std::move(text)); }
  io::task<result<std::string>> receive() override { return core_->receive(); }
  void close(std::uint16_t code, std::string reason) override { core_->close(code, std::move(reason)); }
  bool is_open() const override { return core_->is_open(); }
  std::uint16_t close_received() const override { return core_->close_received(); }
  std::size_t queued() const override { return core_->queued(); }
  io::task<> drained(std::size_t bytes_max) override { return core_->drained(bytes_max); }
  const std::string& remote_address() const override { return core_->remote; }
  io::task<> closed() override { return core_->closed(); }

 private:
  std::shared_ptr<ws_core> core_;
};

// The machine word of an error body, which is the only form our server's refusals have.
errc refusal_code(unsigned status, std::string_view body) {
  static constexpr std::string_view key = R"("code":")";
  if (const auto at = body.find(key); at != std::string_view::npos) {
    const auto text = body.substr(at + key.size());
    const auto code = code_of(text.substr(0, text.find('"')));
    if (code != errc::internal) return code;
  }
  if (status == 401) return errc::unauthorized;
  if (status == 403) return errc::forbidden;
  if (status == 404) return errc::not_found;
  if (status == 429) return errc::rate_limited;
  if (status == 503) return errc::busy;
  return errc::server_error;
}

io::task<result<std::unique_ptr<ws_channel>>> open_client(url to, http_headers headers,
                                                          std::shared_ptr<const tls_context> tls,
                                                          ws_limits bounds) {
  auto stream = co_await connect_stream(to, std::move(tls));
  if (!stream) co_return pass(stream);
  auto core = std::make_shared<ws_core>(std::move(*stream), bounds, beast::role_type::client);
  core->stream().set_option(websocket::stream_base::decorator([&headers](websocket::request_type& request) {
    request.set(beast::http::field::user_agent, "mesh/" MESH_VERSION);
    for (const auto& [name, value] : headers.all()) request.set(name, value);
  }));
  websocket::response_type answer;
  error_code failure;
  const auto host = to.host_header();
  co_await core->stream().async_handshake(answer, host, to.target,
                                          asio::redirect_error(asio::use_awaitable, failure));
  if (failure == websocket::error::upgrade_declined) {
    const auto status = answer.result_int();
    co_return fail(refusal_code(status, answer.body()), "the server answered " + std::to_string(status));
  }
  if (failure == beast::error::timeout)
    co_return fail(errc::timed_out, "the server did not answer the upgrade");
  if (failure) co_return fail(errc::connection_lost, "the upgrade failed: " + failure.message());
  core->opened();
  co_return std::make_unique<beast_channel>(std::move(core));
}

}  // namespace

io::task<result<accepted_ws>> ws_accept(any_stream stream, const http_request& request, ws_limits bounds,
                                        std::string subprotocol) {
  auto core = std::make_shared<ws_core>(std::move(stream), bounds, beast::role_type::server);
  core->stream().set_option(
      websocket::stream_base::decorator([&subprotocol](websocket::response_type& answer) {
        answer.set(beast::http::field::server, "Mesh");
        if (!subprotocol.empty()) answer.set(beast::http::field::sec_websocket_protocol, subprotocol);
      }));
  beast::http::request<beast::http::empty_body> upgrade(beast::http::verb::get, "/", 11);
  upgrade.set(beast::http::field::host, "mesh");
  upgrade.set(beast::http::field::upgrade, "websocket");
  upgrade.set(beast::http::field::connection, "upgrade");
  upgrade.set(beast::http::field::sec_websocket_version, "13");
  upgrade.set(beast::http::field::sec_websocket_key, std::string(*request.headers.find("Sec-WebSocket-Key")));
  error_code failure;
  co_await core->stream().async_accept(upgrade, asio::redirect_error(asio::use_awaitable, failure));
  if (failure) co_return fail(errc::connection_lost, "the upgrade failed: " + failure.message());
  core->opened();
  accepted_ws out;
  out.close = [weak = std::weak_ptr(core)](std::uint16_t code, std::string reason) {
    if (const auto held = weak.lock()) held->close(code, std::move(reason));
  };
  out.closed = [weak = std::weak_ptr(core)]() -> io::task<> {
    if (const auto held = weak.lock()) co_await held->closed();
  };
  out.channel = std::make_unique<beast_channel>(std::move(core));
  co_return out;
}

io::task<result<std::unique_ptr<ws_channel>>> ws_connect(std::string address, http_headers headers,
                                                         std::shared_ptr<const tls_context> tls,
                                                         std::chrono::nanoseconds deadline,
                                                         ws_limits bounds) {
  auto to = parse_url(address);
  if (!to) co_return pass(to);
  auto opening = open_client(std::move(*to), std::move(headers), std::move(tls), bounds);
  co_return co_await io::with_deadline(std::move(opening), deadline);
}

}  // namespace mesh::net
