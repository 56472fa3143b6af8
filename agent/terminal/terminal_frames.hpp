// The messages of a terminal's stream, whole: written into memory that a stream may keep, and read from bytes
// however they arrive.
#pragma once
#include "agent/p2p/byte_stream.hpp"
#include "core/wire/frame.hpp"
#include "core/wire/p2p_message.hpp"

#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

namespace mesh::terminal {

p2p::shared_bytes message_frame(const wire::p2p_message& message);
// offset: bytes of output before this one.
p2p::shared_bytes output_frame(std::uint64_t offset, bytes_view data);
p2p::shared_bytes input_frame(std::uint32_t epoch, bytes_view data);
// As many frames as it takes, all with this offset.
std::vector<p2p::shared_bytes> snapshot_frames(std::uint64_t offset, std::string_view text);

class frame_reader {
 public:
  // Either may end the stream; on_message and on_bulk are not called any more once feed() returned an error.
  struct calls {
    std::function<void(wire::p2p_message)> on_message;
    std::function<void(wire::frame_kind, std::uint64_t position, bytes_view)> on_bulk;
  };
  // bulk_bytes_max: of one frame.
  frame_reader(std::size_t bulk_bytes_max, calls then)
      : bulk_bytes_max_(bulk_bytes_max), calls_(std::move(then)) {}

  // Errors: bad_frame, bad_message. A call may destroy the reader when alive turns false then.
  result<void> feed(bytes_view data, const bool& alive);

 private:
  std::size_t bulk_bytes_max_;
  calls calls_;
  wire::frame_splitter splitter_;
  wire::bulk_begin begin_{};
  bytes held_;
};

}  // namespace mesh::terminal
