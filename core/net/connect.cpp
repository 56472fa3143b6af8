#include "core/net/connect.hpp"

#include <string>
#include <utility>
#include <vector>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace mesh::net {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

using endpoints = std::vector<tcp::endpoint>;

io::task<result<endpoints>> resolve(std::string host, std::uint16_t port) {
  if (host == "localhost") {
    endpoints both{{asio::ip::address_v4::loopback(), port}, {asio::ip::address_v6::loopback(), port}};
    co_return both;
  }
  error_code failure;
  const auto numeric = asio::ip::make_address(host, failure);
  if (!failure) co_return endpoints(1, tcp::endpoint(numeric, port));
  asio::ip::basic_resolver<tcp, io::executor> resolver(co_await io::this_coro::executor);
  const auto found = co_await resolver.async_resolve(host, std::to_string(port),
                                                     asio::redirect_error(asio::use_awaitable, failure));
  if (failure)
    co_return fail(errc::server_unreachable, "no address is known for " + host + ": " + failure.message());
  endpoints out;
  for (const auto& entry : found) out.push_back(entry.endpoint());
  co_return out;
}

error connect_error(const url& to, const error_code& failure) {
  const auto code =
      failure == asio::error::connection_refused ? errc::connection_refused : errc::server_unreachable;
  return {code, format_host_port(to.host, to.port) + ": " + failure.message(), {}};
}

}  // namespace

io::task<result<any_stream>> connect_stream(const url& to, std::shared_ptr<const tls_context> tls) {
  auto found = co_await resolve(to.host, to.port);
  if (!found) co_return pass(found);
  error_code failure = asio::error::host_not_found;
  const auto on = co_await io::this_coro::executor;
  for (const auto& endpoint : *found) {
    socket_type socket(on);
    co_await socket.async_connect(endpoint, asio::redirect_error(asio::use_awaitable, failure));
    if (failure) continue;
    any_stream stream(std::move(socket));
    if (to.secure()) {
      if (!tls) co_return fail(errc::internal, "no TLS trust was given");
      if (auto done = co_await stream.handshake_as_client(std::move(tls), to.host); !done)
        co_return pass(done);
    }
    co_return std::move(stream);
  }
  co_return std::unexpected(connect_error(to, failure));
}

}  // namespace mesh::net
