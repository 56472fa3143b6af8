// What travels inside a sealed message of the relay: a piece of one stream, or a word about it (contract,
// section 6b).
#pragma once
#include "core/base/bytes.hpp"
#include "core/base/error.hpp"

namespace mesh::relay {

// open: body empty. data: at least one byte. fin: nothing more follows in this direction, body empty.
// reset: both directions end, body a u32 of p2p/close_code. credit: body a u32, so many bytes more may
// follow.
enum class frame_kind : std::uint8_t { open = 1, data = 2, fin = 3, reset = 4, credit = 5 };

// stream: even when the initiator of the session opened it, odd when the target did.
struct frame {
  frame_kind kind = frame_kind::open;
  std::uint32_t stream = 0;
  bytes_view body;
};

inline constexpr std::size_t frame_head_bytes = 5;
inline constexpr std::size_t frame_data_bytes_max = 16UZ * 1024;

// Refers to message. Errors: bad_frame.
result<frame> parse_frame(bytes_view message);
bytes render_frame(const frame& f);
bytes render_number_frame(frame_kind kind, std::uint32_t stream, std::uint32_t number);

}  // namespace mesh::relay
