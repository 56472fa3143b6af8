#include "core/net/http_session.hpp"

#include "core/base/log.hpp"
#include "core/net/ws_accept.hpp"

#include <ctime>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/system/system_error.hpp>

namespace mesh::net {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::system::error_code;

namespace {

using request_parser = http::request_parser<http::string_body>;
constexpr std::size_t read_ahead_bytes = 4096;
constexpr auto linger_time = std::chrono::seconds(2);

// RFC 9110 section 5.6.7.
std::string http_date() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  ::gmtime_r(&now, &parts);
  char text[40];
  return {text, std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &parts)};
}

// A header that would break out of its line is a bug of the handler; it must not become response splitting.
bool safe_header(std::string_view text) {
  return text.find_first_of(std::string_view("\r\n\0", 3)) == text.npos;
}

std::string head_of(const http_response& answer, bool keep_alive) {
  std::string out = "HTTP/1.1 " + std::to_string(answer.status) + " " +
                    std::string(reason_phrase(answer.status)) + "\r\nDate: " + http_date() + "\r\n";
  for (const auto& [name, value] : answer.headers.all())
    if (safe_header(name) && safe_header(value)) out.append(name).append(": ").append(value).append("\r\n");
  if (answer.status != 204 && answer.status != 304)
    out.append("Content-Length: ").append(std::to_string(answer.body.size())).append("\r\n");
  out += keep_alive ? "\r\n" : "Connection: close\r\n\r\n";
  return out;
}

// The answer to a request that could not be read; nullopt when the connection just ended.
std::optional<http_response> answer_to(const error_code& failure, const http_server_limits& bounds) {
  if (failure == http::error::header_limit || failure == http::error::buffer_overflow)
    return http_response::failure(
        431, "too_large",
        "the headers are larger than " + std::to_string(bounds.header_bytes_max) + " bytes");
  if (failure == http::error::body_limit)
    return http_response::failure(
        413, "too_large", "the body is larger than " + std::to_string(bounds.body_bytes_max) + " bytes");
  if (failure == asio::error::timed_out)
    return http_response::failure(408, "timed_out", "the request did not arrive in time");
  if (failure == http::error::end_of_stream || failure == http::error::partial_message ||
      failure.category() != make_error_code(http::error::bad_value).category())
    return std::nullopt;
  return http_response::failure(400, "bad_request", "the request is not valid HTTP: " + failure.message());
}

// Where a body ends must be said once and in one way (RFC 9112 section 6.3): all else is how a request is
// smuggled past a proxy that reads it differently. Beast is more lenient than that.
result<void> check_framing(const http::request<http::string_body>& message) {
  const auto coded = message.count(http::field::transfer_encoding);
  if (coded + message.count(http::field::content_length) > 1)
    return fail(errc::bad_request, "more than one header tells the length of the body");
  if (coded > 0 &&
      (message.version() < 11 || !beast::iequals(message[http::field::transfer_encoding], "chunked")))
    return fail(errc::bad_request, "the only transfer coding is chunked, of HTTP/1.1");
  if (message[http::field::content_length].find_first_not_of("0123456789") != beast::string_view::npos)
    return fail(errc::bad_request, "Content-Length is not one number");
  return {};
}

http_response answer_to(const error& why) {
  return http_response::failure(why.code == errc::not_found ? 404 : 400, word(why.code), why.detail);
}

// A WebSocket, and who serves it.
struct upgraded {
  accepted_ws socket;
  std::function<io::task<>(std::unique_ptr<ws_channel>)> serve;
};

// A place on the list of a context's gentle ends.
class gentle_end {
 public:
  gentle_end(http_session_context& context, std::function<void()> end)
      : context_(context), place_(context.gentle_ends.insert(context.gentle_ends.end(), std::move(end))) {}
  gentle_end(const gentle_end&) = delete;
  gentle_end& operator=(const gentle_end&) = delete;
  ~gentle_end() { context_.gentle_ends.erase(place_); }

 private:
  http_session_context& context_;
  std::list<std::function<void()>>::iterator place_;
};

class http_session {
 public:
  http_session(http_session_context& context, any_stream stream)
      : context_(context),
        bounds_(context.options.limits),
        stream_(std::move(stream)),
        buffer_(bounds_.header_bytes_max + read_ahead_bytes),
        place_(context, [this] { end_gently(); }) {}
  http_session(const http_session&) = delete;
  http_session& operator=(const http_session&) = delete;

  // What the connection became, if it was upgraded; nothing when it is over.
  io::task<std::optional<upgraded>> run() {
    if (context_.options.tls) {
      stream_.expires_after(bounds_.header_timeout);
      if (const auto done = co_await stream_.handshake_as_server(context_.options.tls); !done) {
        log::debug("net", "{}: {}", stream_.remote_address(), done.error().detail);
        co_return std::nullopt;
      }
    }
    bool first = true;
    while (!context_.stopping && co_await next_request(first)) first = false;
    if (!upgraded_ && !lost_) co_await stream_.linger(linger_time);
    co_return std::move(upgraded_);
  }

 private:
  void end_gently() {
    if (waiting_) stream_.close();
  }

  // False when the connection is to end.
  io::task<bool> next_request(bool first) {
    if (!co_await first_byte(first ? bounds_.header_timeout : bounds_.idle_timeout)) co_return false;
    request_parser parser;
    parser.header_limit(static_cast<std::uint32_t>(bounds_.header_bytes_max));
    parser.body_limit(bounds_.body_bytes_max);
    if (!co_await read_request(parser)) co_return false;
    auto request = take(parser);
    if (!request) co_return co_await refuse(answer_to(request.error()), about(parser));
    const bool keep_alive = parser.keep_alive();
    const bool head = request->method == "HEAD";
    if (wants_websocket(*request)) co_return co_await upgrade(std::move(*request));
    auto answer = co_await handle(std::move(*request));
    co_return co_await write(std::move(answer), keep_alive && !context_.stopping, head);
  }

  // The buffer is empty while a connection idles, so that it costs little.
  io::task<bool> first_byte(std::chrono::nanoseconds patience) {
    if (buffer_.size() > 0) co_return true;
    buffer_.shrink_to_fit();
    waiting_ = true;
    stream_.expires_after(patience);
    char byte = 0;
    error_code failure;
    const auto count = co_await stream_.async_read_some(asio::buffer(&byte, 1),
                                                        asio::redirect_error(asio::use_awaitable, failure));
    waiting_ = false;
    if (failure || count == 0) co_return false;
    static_cast<char*>(buffer_.prepare(1).data())[0] = byte;
    buffer_.commit(1);
    co_return true;
  }

  io::task<bool> read_request(request_parser& parser) {
    error_code failure;
    stream_.expires_after(bounds_.header_timeout);
    co_await http::async_read_header(stream_, buffer_, parser,
                                     asio::redirect_error(asio::use_awaitable, failure));
    if (!failure && !parser.is_done()) {
      if (auto refusal = co_await expectation(parser))
        co_return co_await refuse(std::move(*refusal), about(parser));
      stream_.expires_after(bounds_.body_timeout);
      co_await http::async_read(stream_, buffer_, parser, asio::redirect_error(asio::use_awaitable, failure));
    }
    stream_.expires_never();
    if (!failure) co_return true;
    if (auto answer = answer_to(failure, bounds_)) co_await refuse(std::move(*answer), about(parser));
    co_return false;
  }

  // RFC 9110 section 10.1.1.
  io::task<std::optional<http_response>> expectation(const request_parser& parser) {
    const auto found = parser.get().find(http::field::expect);
    if (found == parser.get().end()) co_return std::nullopt;
    if (!beast::iequals(found->value(), "100-continue"))
      co_return http_response::failure(417, "bad_request", "only 100-continue can be expected");
    static constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
    error_code failure;
    co_await asio::async_write(stream_, asio::buffer(go_on),
                               asio::redirect_error(asio::use_awaitable, failure));
    co_return std::nullopt;
  }

  // What is known of a request that is refused.
  http_request about(const request_parser& parser) const {
    http_request known = from_peer();
    if (parser.get().target().empty()) return known;  // no first line yet
    known.method = std::string(parser.get().method_string());
    if (auto target = parse_target(std::string_view(parser.get().target())))
      known.path = std::move(target->path);
    return known;
  }

  http_request from_peer() const {
    http_request request;
    request.remote_address = stream_.remote_address();
    request.remote_port = stream_.remote_port();
    request.secure = stream_.secure();
    return request;
  }

  result<http_request> take(request_parser& parser) const {
    auto& message = parser.get();
    if (message.version() == 11 && message.count(http::field::host) != 1)
      return fail(errc::bad_request, "exactly one Host header is needed");
    if (auto framed = check_framing(message); !framed) return pass(framed);
    auto target = parse_target(std::string_view(message.target().data(), message.target().size()));
    if (!target) return pass(target);
    auto out = from_peer();
    out.method = std::string(message.method_string());
    out.path = std::move(target->path);
    out.query = std::move(target->query);
    for (const auto& field : message)
      out.headers.add(std::string(field.name_string()), std::string(field.value()));
    out.body = std::move(message.body());
    return out;
  }

  io::task<http_response> handle(http_request request) {
    auto known = from_peer();
    known.method = request.method;
    known.path = request.path;
    std::string what;
    try {
      auto answering = context_.on_request(std::move(request));
      co_return co_await std::move(answering);
    } catch (const boost::system::system_error& e) {
      if (e.code() == asio::error::operation_aborted) throw;
      what = e.what();
    } catch (const std::exception& e) {
      what = e.what();
    }
    log::error("net", "a request handler failed: {}", what);
    auto answer = http_response::failure(500, "internal", "the server failed; its log says why");
    if (context_.options.on_refusal) context_.options.on_refusal(known, answer);
    co_return answer;
  }

  io::task<bool> upgrade(http_request request) {
    auto refusal = refuse_upgrade(request);
    if (!refusal && buffer_.size() > 0)
      refusal = http_response::failure(400, "bad_request", "data before the upgrade was accepted");
    if (!refusal && !context_.on_upgrade)
      refusal = http_response::failure(404, "not_found", "no WebSocket is served here");
    ws_decision decision;
    if (!refusal) {
      auto deciding = context_.on_upgrade(request);
      decision = co_await std::move(deciding);
      if (!decision.serve) refusal = std::move(decision.refusal);
    }
    if (refusal) co_return co_await refuse(std::move(*refusal), std::move(request));
    auto accepted = co_await ws_accept(std::move(stream_), request, decision.limits.value_or(bounds_.ws),
                                       std::move(decision.subprotocol));
    if (accepted) upgraded_.emplace(std::move(*accepted), std::move(decision.serve));
    lost_ = !accepted;
    co_return false;
  }

  // Sends an answer after which the connection ends.
  io::task<bool> refuse(http_response answer, http_request known) {
    if (context_.options.on_refusal) context_.options.on_refusal(known, answer);
    co_await write(std::move(answer), false, known.method == "HEAD");
    co_return false;
  }

  // True when another request may follow.
  io::task<bool> write(http_response answer, bool keep_alive, bool without_body) {
    const auto head = head_of(answer, keep_alive);
    if (without_body) answer.body.clear();
    const std::array<asio::const_buffer, 2> pieces{asio::buffer(head), asio::buffer(answer.body)};
    error_code failure;
    stream_.expires_after(bounds_.write_timeout);
    co_await asio::async_write(stream_, pieces, asio::redirect_error(asio::use_awaitable, failure));
    stream_.expires_never();
    co_return !failure && keep_alive;
  }

  http_session_context& context_;
  const http_server_limits& bounds_;
  any_stream stream_;
  beast::flat_buffer buffer_;
  gentle_end place_;
  std::optional<upgraded> upgraded_;
  bool waiting_ = false;
  bool lost_ = false;  // in the middle of an upgrade
};

}  // namespace

io::task<> serve_connection(http_session_context& context, any_stream stream) {
  // All of the HTTP part is gone before a WebSocket is served: an idle one must not cost its memory.
  std::optional<upgraded> became;
  {
    const auto session = std::make_unique<http_session>(context, std::move(stream));
    became = co_await session->run();
  }
  if (!became) co_return;
  const auto say_goodbye = [&socket = became->socket] {
    socket.close(close_code::going_away, "the server is stopping");
  };
  const gentle_end place(context, say_goodbye);
  if (context.stopping) say_goodbye();
  auto serving = became->serve(std::move(became->socket.channel));
  became->serve = nullptr;
  co_await std::move(serving);
  co_await became->socket.closed();
}

}  // namespace mesh::net
