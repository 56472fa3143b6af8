#include "agent/share/buffer_pool.hpp"

#include "core/base/aligned_memory.hpp"

namespace mesh::share {

struct buffer_pool::state {
  std::size_t left;    // may still be made
  std::size_t unused;  // bytes before the head, so that what follows it is aligned
  std::size_t bytes;
  std::vector<aligned_memory> free;
  std::function<void()> told;
};

buffer_pool::buffer_pool(std::size_t count, std::size_t head_bytes, std::size_t content_bytes) {
  const auto content_at = (head_bytes + cache_line_bytes - 1) / cache_line_bytes * cache_line_bytes;
  state_ = std::make_shared<state>(count, content_at - head_bytes, content_at + content_bytes,
                                   std::vector<aligned_memory>(), std::function<void()>());
  state_->free.reserve(count);
}

buffer_pool::~buffer_pool() {
  state_->told = nullptr;
}

void buffer_pool::on_return(std::function<void()> told) {
  state_->told = std::move(told);
}

std::shared_ptr<std::byte[]> buffer_pool::take() {
  aligned_memory buffer;
  if (!state_->free.empty()) {
    buffer = std::move(state_->free.back());
    state_->free.pop_back();
  } else if (state_->left > 0) {
    --state_->left;
    buffer = make_aligned_memory(state_->bytes);
  } else {
    return nullptr;
  }
  // The reserved capacity holds all buffers, so that bringing one back cannot fail.
  return {buffer.release() + state_->unused, [home = state_](std::byte* returned) {
            home->free.emplace_back(returned - home->unused);
            if (home->told) home->told();
          }};
}

}  // namespace mesh::share
