// Frames of a folder that leave together, in few large buffers: each is lent to the stream and comes back
// when the peer has acknowledged it.
#pragma once
#include "agent/p2p/byte_stream.hpp"
#include "agent/share/buffer_pool.hpp"
#include "core/base/bytes.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <span>

namespace mesh::share {

class frame_batches {
 public:
  // What leaves. content: bytes of files in it; holes: bytes of files that it stands for.
  struct batch {
    p2p::shared_bytes frames;
    std::uint64_t content = 0;
    std::uint64_t holes = 0;
  };

  // returned: called when a buffer came back, from inside the stream, which must not be called back from
  // there.
  explicit frame_batches(std::function<void()> returned);
  frame_batches(const frame_batches&) = delete;
  frame_batches& operator=(const frame_batches&) = delete;
  ~frame_batches() { buffers_.on_return(nullptr); }

  bool is_begun() const noexcept { return buffer_ != nullptr; }
  // No new batch can begin before a buffer comes back.
  bool all_lent() const noexcept;
  // False when all buffers are lent. Only when none is begun.
  bool begin();
  // What is left of the batch that is begun; empty when none is.
  std::span<std::byte> room() const;
  // The first bytes of room() were written. content: bytes of files among them.
  void filled(std::size_t bytes, std::uint64_t content);
  void add_hole(std::uint64_t bytes) { holes_ += bytes; }
  // Nothing was put into the batch: nothing is taken.
  std::optional<batch> take();

  // Bytes of files, holes included, that the peer has acknowledged.
  std::uint64_t acknowledged() const noexcept { return acknowledged_; }
  // Of what did not go in a batch.
  void add_acknowledged(std::uint64_t bytes) { acknowledged_ += bytes; }

 private:
  buffer_pool buffers_;
  std::deque<std::uint64_t> lent_;  // bytes of files in each buffer that is not acknowledged yet
  std::uint64_t acknowledged_ = 0;
  std::shared_ptr<std::byte[]> buffer_;
  std::size_t size_ = 0;
  std::uint64_t content_ = 0;
  std::uint64_t holes_ = 0;
};

}  // namespace mesh::share
