// The server's half of opening a WebSocket: the rules of the upgrade request, and the accepting. For the .cpp
// files of core/net only.
#pragma once
#include "core/net/any_stream.hpp"
#include "core/net/http.hpp"
#include "core/net/ws_channel.hpp"

#include <functional>
#include <memory>
#include <string>

namespace mesh::net {

// True when a request asks for a WebSocket (Upgrade and Connection headers).
bool wants_websocket(const http_request& request);

// RFC 6455 section 4.2.1, stricter than Beast: GET, exactly one key that decodes to 16 bytes, version 13, no
// body. The answer to send when a rule is broken; nullopt when the request is in order.
std::optional<http_response> refuse_upgrade(const http_request& request);

struct accepted_ws {
  std::unique_ptr<ws_channel> channel;
  // As ws_channel::close and ws_channel::closed, callable after the channel is gone.
  std::function<void(std::uint16_t, std::string)> close;
  std::function<io::task<>()> closed;
};

// Sends 101 and turns the connection into a channel. request passed refuse_upgrade. subprotocol: the one that
// was chosen; empty: none. Errors: connection_lost.
io::task<result<accepted_ws>> ws_accept(any_stream stream, const http_request& request, ws_limits bounds,
                                        std::string subprotocol);

}  // namespace mesh::net
