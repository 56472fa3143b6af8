#include "agent/terminal/frame_queue.hpp"

#include "core/base/limits.hpp"

#include <utility>

namespace mesh::terminal {

bool frame_queue::push_output(p2p::shared_bytes frame) {
  if (output_bytes_ + frame.data.size() > limits::terminal_behind_bytes_max) {
    drop_output();
    return false;
  }
  output_bytes_ += frame.data.size();
  waiting_.push_back({std::move(frame), true});
  return true;
}

void frame_queue::push(p2p::shared_bytes frame) {
  waiting_.push_back({std::move(frame), false});
}

void frame_queue::write_to(p2p::byte_stream& stream) {
  while (!waiting_.empty() && stream.writable() >= waiting_.front().frame.data.size()) {
    auto next = std::move(waiting_.front());
    waiting_.pop_front();
    if (next.output) output_bytes_ -= next.frame.data.size();
    stream.write(std::move(next.frame));
  }
}

void frame_queue::drop_output() {
  std::erase_if(waiting_, [](const entry& e) { return e.output; });
  output_bytes_ = 0;
}

}  // namespace mesh::terminal
