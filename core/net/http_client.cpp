#include "core/net/http_client.hpp"

#include "core/io/deadline.hpp"
#include "core/net/connect.hpp"

#include <optional>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

namespace mesh::net {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using boost::system::error_code;

namespace {

http::request<http::string_body> wire_form(const url& to, client_request request) {
  http::request<http::string_body> out;
  out.version(11);
  out.method_string(request.method);
  out.target(to.target);
  for (const auto& [name, value] : request.headers.all()) out.insert(name, value);
  out.set(http::field::host, to.host_header());
  out.set(http::field::connection, "close");
  if (out.count(http::field::user_agent) == 0) out.set(http::field::user_agent, "mesh/" MESH_VERSION);
  out.body() = std::move(request.body);
  out.prepare_payload();
  return out;
}

using response_parser = http::response_parser<http::string_body>;

http_response plain_form(http::response<http::string_body>& from) {
  http_response out;
  out.status = from.result_int();
  for (const auto& field : from)
    out.headers.add(std::string(field.name_string()), std::string(field.value()));
  out.body = std::move(from.body());
  return out;
}

error reading_error(const error_code& failure, std::size_t body_bytes_max) {
  if (failure == http::error::body_limit)
    return {errc::too_large, "the answer is larger than " + std::to_string(body_bytes_max) + " bytes", {}};
  const bool broken = failure.category() == make_error_code(http::error::bad_value).category() &&
                      failure != http::error::end_of_stream && failure != http::error::partial_message;
  return {broken ? errc::bad_message : errc::connection_lost, "no complete answer: " + failure.message(), {}};
}

io::task<result<http_response>> exchange(url to, client_request request,
                                         std::shared_ptr<const tls_context> tls, std::size_t body_bytes_max) {
  const auto message = wire_form(to, std::move(request));
  auto stream = co_await connect_stream(to, std::move(tls));
  if (!stream) co_return pass(stream);
  error_code failure;
  co_await http::async_write(*stream, message, asio::redirect_error(asio::use_awaitable, failure));
  // A server may answer, and close, before it has read everything: look for the answer in any case.
  boost::beast::flat_buffer buffer(limits::http_header_bytes_max * 2);
  std::optional<response_parser> parser;
  error_code reading;
  do {
    parser.emplace();
    parser->header_limit(limits::http_header_bytes_max);
    parser->body_limit(body_bytes_max);
    if (message.method() == http::verb::head) parser->skip(true);
    co_await http::async_read_header(*stream, buffer, *parser,
                                     asio::redirect_error(asio::use_awaitable, reading));
  } while (!reading && parser->get().result() == http::status::continue_);
  if (!reading && !parser->is_done())
    co_await http::async_read(*stream, buffer, *parser, asio::redirect_error(asio::use_awaitable, reading));
  if (reading) co_return std::unexpected(reading_error(reading, body_bytes_max));
  co_return plain_form(parser->get());
}

}  // namespace

http_client::http_client(tls_trust trust) : trust_(std::move(trust)) {}
http_client::~http_client() = default;

result<std::shared_ptr<const tls_context>> http_client::tls() {
  if (!context_) {
    auto made = tls_context::client(trust_);
    if (!made) return made;
    context_ = std::move(*made);
  }
  return context_;
}

io::task<result<http_response>> http_client::send(client_request request, std::chrono::nanoseconds deadline,
                                                  std::size_t body_bytes_max) {
  auto to = parse_url(request.address);
  if (!to) co_return pass(to);
  std::shared_ptr<const tls_context> trust;
  if (to->secure()) {
    auto made = tls();
    if (!made) co_return pass(made);
    trust = std::move(*made);
  }
  auto exchanging = exchange(std::move(*to), std::move(request), std::move(trust), body_bytes_max);
  co_return co_await io::with_deadline(std::move(exchanging), deadline);
}

}  // namespace mesh::net
