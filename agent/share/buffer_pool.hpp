// The few large buffers of one file that is sent: each is lent to the stream and comes back when the peer has
// acknowledged its bytes.
#pragma once
#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <vector>

namespace mesh::share {

// Of limits::chunk_bytes, for each file: what keeps a long path full. A stream takes no more of them than its
// path needs.
inline constexpr std::size_t long_path_buffers_max = 72;

class buffer_pool {
 public:
  // At most count buffers, made when first needed: of head_bytes, and behind them content_bytes that begin on
  // a cache line.
  buffer_pool(std::size_t count, std::size_t head_bytes, std::size_t content_bytes);
  buffer_pool(const buffer_pool&) = delete;
  buffer_pool& operator=(const buffer_pool&) = delete;
  // Buffers still lent stay valid; nobody is told when they come back.
  ~buffer_pool();

  // A buffer, empty when all are lent. The last copy of the pointer brings it back.
  std::shared_ptr<std::byte[]> take();

  // Called each time a buffer comes back, from wherever its last reference was dropped: do little there.
  void on_return(std::function<void()> told);

 private:
  struct state;
  std::shared_ptr<state> state_;
};

}  // namespace mesh::share
