// One WebSocket connection (RFC 6455) of either role, of text messages or, where both sides agreed on it, of
// binary ones. Beast stays behind it.
#pragma once
#include "core/base/limits.hpp"
#include "core/io/task.hpp"
#include "core/net/http.hpp"
#include "core/net/tls_context.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace mesh::net {

namespace close_code {
inline constexpr std::uint16_t normal = 1000;
inline constexpr std::uint16_t going_away = 1001;
inline constexpr std::uint16_t protocol_error = 1002;
inline constexpr std::uint16_t unsupported_data = 1003;
inline constexpr std::uint16_t no_status = 1005;  // the peer closed without a code
inline constexpr std::uint16_t abnormal = 1006;   // the connection ended without a close frame
inline constexpr std::uint16_t bad_payload = 1007;
inline constexpr std::uint16_t policy_violation = 1008;
inline constexpr std::uint16_t too_big = 1009;
inline constexpr std::uint16_t try_again_later = 1013;
}  // namespace close_code

struct ws_limits {
  std::size_t message_bytes_max = limits::ws_message_bytes_max;
  std::size_t queue_messages_max = limits::ws_queue_messages_max;
  std::size_t queue_bytes_max = limits::ws_queue_bytes_max;
  // After half of this without a byte from the peer we ping, after all of it the connection is cut.
  std::chrono::milliseconds silence_max = limits::ws_ping_interval + limits::ws_pong_timeout;
  std::chrono::milliseconds close_timeout =
      limits::ws_close_timeout;  // for the peer's half of the closing handshake
  bool binary = false;           // every message, both ways; the other sort is refused with 1003
};

// One thread. Permessage-deflate does not exist here.
class ws_channel {
 public:
  // An open connection is cut without a close frame.
  virtual ~ws_channel() = default;

  // Queues one message (text is UTF-8) and returns at once. A peer that reads too slowly, so that the queue
  // passes its bound, is closed with 1008 and what is queued is dropped. Ignored once the channel is closing.
  virtual void send(std::string text) = 0;

  // The next message, in order. Errors: connection_lost (cut, or closed: see close_received), stalled (no
  // pong), too_large, invalid_utf8 and bad_frame (the peer broke a rule; it has been closed with 1009, 1007,
  // 1002, 1003). After an error every further call fails the same way. One receive() at a time.
  virtual io::task<result<std::string>> receive() = 0;

  // Starts the closing handshake after what is queued (an overflow aside) and returns at once; reason is at
  // most 123 bytes, longer ones are cut. receive() then ends; the connection goes within close_timeout.
  virtual void close(std::uint16_t code, std::string reason) = 0;

  // False once close() was called, the peer closed or the connection broke.
  virtual bool is_open() const = 0;
  // The close code the peer sent (1005: none; 1006: no close frame came), 0 while it has not ended.
  virtual std::uint16_t close_received() const = 0;
  // Messages waiting to be written.
  virtual std::size_t queued() const = 0;
  // Returns when at most so many bytes wait to be written, or the channel is not open any more. One at a
  // time.
  virtual io::task<> drained(std::size_t bytes_max) = 0;
  virtual const std::string& remote_address() const = 0;  // numeric IP
  // Waits until the connection is gone and nothing of it runs any more.
  virtual io::task<> closed() = 0;
};

// Opens a client connection to a ws:// or wss:// address within deadline, name resolution included. headers
// go onto the upgrade request (Authorization, Origin …). Errors: address_invalid, connection_refused,
// server_unreachable, timed_out, handshake_failed (TLS), peer_unverified (its certificate or pinned key);
// unauthorized, forbidden, origin_refused, rate_limited, busy … when the server refused the upgrade with such
// a code in its JSON body or with a status that means it, else server_error.
io::task<result<std::unique_ptr<ws_channel>>> ws_connect(std::string address, http_headers headers,
                                                         std::shared_ptr<const tls_context> tls,
                                                         std::chrono::nanoseconds deadline,
                                                         ws_limits bounds = {});

}  // namespace mesh::net
