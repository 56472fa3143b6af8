#include "agent/share/buffer_pool.hpp"

namespace mesh::share {

struct buffer_pool::state {
  std::size_t left;  // may still be made
  std::size_t bytes;
  std::vector<std::unique_ptr<std::byte[]>> free;
  std::function<void()> told;
};

buffer_pool::buffer_pool(std::size_t count, std::size_t buffer_bytes)
    : state_(std::make_shared<state>(state{count, buffer_bytes, {}, {}})) {
  state_->free.reserve(count);
}

buffer_pool::~buffer_pool() {
  state_->told = nullptr;
}

std::size_t buffer_pool::buffer_bytes() const noexcept {
  return state_->bytes;
}

void buffer_pool::on_return(std::function<void()> told) {
  state_->told = std::move(told);
}

std::shared_ptr<std::byte[]> buffer_pool::take() {
  std::unique_ptr<std::byte[]> buffer;
  if (!state_->free.empty()) {
    buffer = std::move(state_->free.back());
    state_->free.pop_back();
  } else if (state_->left > 0) {
    --state_->left;
    buffer = std::make_unique_for_overwrite<std::byte[]>(state_->bytes);
  } else {
    return nullptr;
  }
  // The reserved capacity holds all buffers, so that bringing one back cannot fail.
  return {buffer.release(), [home = state_](std::byte* returned) {
            home->free.emplace_back(returned);
            if (home->told) home->told();
          }};
}

}  // namespace mesh::share
