// One stream inside a relayed connection: what waits to be sent, what its peer may send, and who is told.
#pragma once
#include "agent/p2p/byte_stream.hpp"

#include <deque>
#include <functional>
#include <memory>
#include <optional>

namespace mesh::relay {

// What may be under way in one direction of one stream: enough for 10 MB/s at 50 ms, little enough that a key
// press does not wait long behind it.
inline constexpr std::uint32_t window_bytes = 512UZ * 1024;

using poster = std::function<void(std::move_only_function<void()>)>;

struct lane {
  explicit lane(std::uint32_t n) : number(n) {}

  const std::uint32_t number;
  p2p::stream_handler* handler = nullptr;
  bool held = true;   // by somebody who has the stream
  bool over = false;  // reset by either side, or the connection is gone
  // To the peer.
  std::deque<p2p::shared_bytes> queue;
  std::size_t queued = 0;
  std::uint64_t credit = window_bytes;
  bool fin_wanted = false;
  bool fin_sent = false;
  // From the peer.
  std::uint64_t room = window_bytes;
  std::uint32_t consumed = 0;  // not given back yet
  bytes early;                 // came while no handler was set
  bool fin_received = false;
  bool fin_told = false;
  std::optional<error> reason;  // to be told

  bool wants_to_send() const {
    return !over && !fin_sent && ((queued > 0 && credit > 0) || (queued == 0 && fin_wanted));
  }
  // Both directions are done, and nobody needs to hear of it.
  bool spent() const { return over || (fin_sent && fin_received && !held); }
};

// Tells the handler of a lane what came before it was set. Afterwards the stream may be gone.
void tell(const std::shared_ptr<lane>& which);

}  // namespace mesh::relay
