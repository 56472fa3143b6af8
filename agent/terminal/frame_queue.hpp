// What one viewer has still to be sent, bounded: who falls behind loses output and gets a snapshot instead.
#pragma once
#include "agent/p2p/byte_stream.hpp"

#include <deque>

namespace mesh::terminal {

class frame_queue {
 public:
  // Output: dropped with all the output before it once more waits than limits::terminal_behind_bytes_max.
  // False then: the viewer needs a snapshot.
  bool push_output(p2p::shared_bytes frame);
  // Anything else is never dropped; the viewer causes no more than a few of them.
  void push(p2p::shared_bytes frame);
  // Writes what the stream takes now.
  void write_to(p2p::byte_stream& stream);
  void drop_output();
  bool empty() const noexcept { return waiting_.empty(); }

 private:
  struct entry {
    p2p::shared_bytes frame;
    bool output = false;
  };
  std::deque<entry> waiting_;
  std::size_t output_bytes_ = 0;
};

}  // namespace mesh::terminal
