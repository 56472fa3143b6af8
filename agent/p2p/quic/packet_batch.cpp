#include "agent/p2p/quic/packet_batch.hpp"

#include <cstring>

namespace mesh::quic {

void packet_batch::add(std::size_t size, std::uint16_t path, const sink& to) {
  if (count_ > 0 && (size > segment_ || path != path_)) {
    std::byte* const packet = memory_.get() + used_;
    flush(to);
    std::memmove(memory_.get(), packet, size);
  }
  if (count_ == 0) {
    segment_ = size;
    path_ = path;
  }
  used_ += size;
  ++count_;
  // A shorter packet can only be the last of a run.
  if (size < segment_ || count_ == segments_max || used_ + segment_ > bytes_max) flush(to);
}

void packet_batch::flush(const sink& to) {
  if (count_ == 0) return;
  const run done{.path = path_, .data = {memory_.get(), used_}, .segment = segment_};
  used_ = count_ = segment_ = 0;
  to(done);
}

}  // namespace mesh::quic
