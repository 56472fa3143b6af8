// One connection of an http_server from its first byte to its end. For the .cpp files of core/net only.
#pragma once
#include "core/net/any_stream.hpp"
#include "core/net/http_server.hpp"

#include <functional>
#include <list>

namespace mesh::net {

// What every session of a server shares.
struct http_session_context {
  http_server_options options;
  http_handler on_request;
  ws_handler on_upgrade;
  bool stopping = false;
  // One entry a session: ends it as gently as its state allows (an idle one at once, a request after its
  // answer, a WebSocket with 1001).
  std::list<std::function<void()>> gentle_ends;
};

// Runs until the connection is gone. context outlives it.
io::task<> serve_connection(http_session_context& context, any_stream stream);

}  // namespace mesh::net
