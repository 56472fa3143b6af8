#include "core/net/ws_channel.hpp"

#include "core/io/deadline.hpp"
#include "core/net/connect.hpp"
#include "core/net/ws_accept.hpp"
#include "core/net/ws_core.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>

namespace mesh::net {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace websocket = boost::beast::websocket;
using boost::system::error_code;

namespace {

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
  if (status == 404) return errc::server_unreachable;  // it is no server of ours
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
