// One HTTP request at a time to any server, http or https, without redirects, proxies or cookies.
#pragma once
#include "core/base/limits.hpp"
#include "core/io/task.hpp"
#include "core/net/http.hpp"
#include "core/net/tls_context.hpp"

#include <chrono>
#include <memory>
#include <string>

namespace mesh::net {

struct client_request {
  std::string method = "GET";
  std::string address;   // http:// or https://
  http_headers headers;  // Host, Content-Length and Connection are added
  std::string body;
};

// Stateless but for its trust: each request opens a connection and closes it. Certificates are verified,
// always.
class http_client {
 public:
  // trust is read at the first https request.
  explicit http_client(tls_trust trust = {});
  ~http_client();
  http_client(const http_client&) = delete;
  http_client& operator=(const http_client&) = delete;

  // The answer, whatever its status; a redirect is an answer like any other. Errors: address_invalid,
  // connection_refused, server_unreachable (no such name, no route), timed_out, handshake_failed (TLS),
  // peer_unverified (certificate or pinned key), too_large (its body), connection_lost, bad_message (not
  // HTTP).
  io::task<result<http_response>> send(client_request request, std::chrono::nanoseconds deadline,
                                       std::size_t body_bytes_max = limits::http_client_body_bytes_max);

  // The same trust for ws_connect. Errors: those of tls_context::client.
  result<std::shared_ptr<const tls_context>> tls();

 private:
  tls_trust trust_;
  std::shared_ptr<const tls_context> context_;
};

}  // namespace mesh::net
