// What one stream has still to deliver: memory of the caller, kept until the peer acknowledged it, never
// copied.
#pragma once
#include "agent/p2p/byte_stream.hpp"

#include <cstdint>
#include <deque>
#include <span>

namespace mesh::quic {

class send_queue {
 public:
  // Not yet sent: enough that one turn of the network thread never runs dry.
  static constexpr std::size_t unsent_bytes_max = 2 * 1024 * 1024;
  // Not yet acknowledged, over a path however long: it is the memory a dead peer can hold.
  static constexpr std::size_t held_bytes_max = 18 * 1024 * 1024;

  void push(p2p::shared_bytes data);
  // There is no room for least more bytes, whatever is under way.
  bool is_full(std::size_t least) const noexcept { return unsent_ + least > unsent_bytes_max; }
  // What push() takes now without exceeding a bound: at least least, or 0. under_way: bytes that keep the
  // path full until their acknowledgements come back.
  std::size_t room(std::size_t least, std::size_t under_way) const noexcept;

  // Fills out with the next bytes to send, in order, until they are enough; returns how many views were used.
  std::size_t peek(std::span<bytes_view> out, std::size_t enough) const noexcept;
  // The first count bytes of peek() went into a packet.
  void sent(std::size_t count) noexcept;
  // Everything before this offset of the stream has arrived: its memory is released. False: there was none.
  bool acknowledged(std::uint64_t offset);

  std::size_t unsent() const noexcept { return unsent_; }
  std::size_t held() const noexcept { return held_; }
  // Offset in the stream of the next byte that was never sent.
  std::uint64_t sent_until() const noexcept { return sent_until_; }
  void clear();

 private:
  std::deque<p2p::shared_bytes> items_;  // sent and unsent
  std::uint64_t first_offset_ = 0;       // of items_.front() in the stream
  std::size_t next_item_ = 0;            // the first with unsent bytes
  bytes_view next_bytes_;                // those of it; empty when everything was sent
  std::uint64_t sent_until_ = 0;
  std::size_t unsent_ = 0;
  std::size_t held_ = 0;
};

}  // namespace mesh::quic
