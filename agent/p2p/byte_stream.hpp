// The one thing sharing and terminals know of the network: an ordered, reliable, flow-controlled stream of
// bytes in both directions. QUIC, WebTransport and the relay each provide one. Everything happens on the
// network thread.
#pragma once
#include "core/base/bytes.hpp"
#include "core/base/error.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>

namespace mesh::p2p {

// Bytes handed to a stream: owner keeps data alive and unchanged until the peer acknowledged them (QUIC
// retransmits from this memory), then the reference is dropped.
struct shared_bytes {
  std::shared_ptr<const void> owner;
  bytes_view data;
};

// What the owner of a stream is told. No callback is made from inside a call to the stream; a handler may
// destroy itself or call close() in any of them.
class stream_handler {
 public:
  virtual ~stream_handler() = default;
  // data is valid during the call only. fin: the peer sends nothing more. Call byte_stream::consume() for
  // every byte once it has been dealt with: until then it counts against the peer's window (back-pressure).
  virtual void on_data(bytes_view data, bool fin) = 0;
  // There is room again for at least one write after byte_stream::writable() had become 0.
  virtual void on_writable() = 0;
  // The peer reset the stream, or the connection is gone (connection_lost, stalled, session_revoked ...).
  // Last call.
  virtual void on_closed(const error& reason) = 0;
};

class byte_stream {
 public:
  virtual ~byte_stream() = default;  // still open: resets it with code 0

  virtual void set_handler(stream_handler* handler) = 0;
  // Bytes that write() takes now without exceeding the queue bound (at least one 256 KiB chunk when not
  // full).
  virtual std::size_t writable() const = 0;
  // Queues data after what was written before. Never blocks and never refuses; respect writable() to stay
  // bounded.
  virtual void write(shared_bytes data) = 0;
  // Nothing more will be written (FIN follows what is queued).
  virtual void finish() = 0;
  // Gives count received bytes back to the flow-control window.
  virtual void consume(std::size_t count) = 0;
  // Abandons both directions at once; code travels to the peer (RESET_STREAM, STOP_SENDING).
  virtual void reset(std::uint64_t code) = 0;
  // The number of a QUIC stream (RFC 9000 section 2.1: who opened it, one way or both); -1 where there is
  // none.
  virtual std::int64_t id() const noexcept { return -1; }
};

}  // namespace mesh::p2p
