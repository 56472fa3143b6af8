// An HTTP/1.1 server with WebSocket upgrades, http or https, on several addresses and one port.
#pragma once
#include "core/base/limits.hpp"
#include "core/io/task.hpp"
#include "core/net/http.hpp"
#include "core/net/tls_context.hpp"
#include "core/net/ws_channel.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace mesh::net {

struct http_server_limits {
  std::size_t header_bytes_max = limits::http_header_bytes_max;
  std::size_t body_bytes_max = limits::http_body_bytes_max;
  std::chrono::milliseconds header_timeout =
      limits::http_header_timeout;  // first byte to end of headers, and TLS
  std::chrono::milliseconds body_timeout = limits::http_body_timeout;
  std::chrono::milliseconds write_timeout = limits::http_write_timeout;
  std::chrono::milliseconds idle_timeout = limits::http_idle_timeout;  // between two requests
  std::size_t connections_max = limits::http_connections_max;
  std::size_t connections_per_address_max = limits::http_connections_per_address_max;  // loopback is exempt
  ws_limits ws;
};

// Sees each answer that the server makes itself before it is sent: the place for headers that all answers
// have and for the log. The request holds what could be read of it: method and path are empty when nothing
// could.
using refusal_hook = std::function<void(const http_request&, http_response&)>;

struct http_server_options {
  std::vector<std::string> hosts = {"127.0.0.1", "::1"};  // numeric addresses or "localhost"
  std::uint16_t port = 0;                                 // 0: a free one, the same on every address
  std::shared_ptr<const tls_context> tls;                 // null: plain http
  http_server_limits limits;
  refusal_hook on_refusal;  // may be empty
};

// Answers one request. Runs as a task of the server: suspending is fine, blocking is not. A handler that
// throws is answered by 500.
using http_handler = std::function<io::task<http_response>(http_request)>;

// What becomes of an upgrade request, decided before anything is accepted: either refusal is sent, or serve
// runs with the open channel, as a task of the server, until it returns.
struct ws_decision {
  http_response refusal;  // used when serve is empty
  std::function<io::task<>(std::unique_ptr<ws_channel>)> serve;
  std::string subprotocol = {};          // one of those that the client named; empty: none
  std::optional<ws_limits> limits = {};  // instead of the server's
};
using ws_handler = std::function<io::task<ws_decision>(http_request)>;

// One thread. Requests of a connection are answered in order. The server itself answers what is malformed or
// too large (400, 408, 413, 417, 431, 501, 503), always with a JSON error body. HEAD is passed on as HEAD and
// its body is left out.
class http_server {
 public:
  // on_upgrade may be empty: every upgrade is then refused with 404.
  http_server(const io::executor& on, http_server_options options, http_handler on_request,
              ws_handler on_upgrade);
  http_server(const http_server&) = delete;
  http_server& operator=(const http_server&) = delete;
  // Cuts everything that is still open.
  ~http_server();

  // Binds and starts to accept. An address family that the machine lacks is skipped, unless none is left.
  // Errors: port_in_use, address_invalid, io.
  result<void> listen();
  std::uint16_t port() const;                  // the real one, after listen()
  std::vector<std::string> addresses() const;  // "127.0.0.1:8000", "[::1]:8000"

  // Connections open now.
  std::size_t connections() const;

  // Stops accepting, closes idle connections, lets requests in progress finish and closes WebSockets with
  // 1001; after grace cuts what is left. Returns when no task of the server runs any more.
  io::task<> stop(std::chrono::nanoseconds grace);

 private:
  struct state;
  std::shared_ptr<state> state_;
};

}  // namespace mesh::net
