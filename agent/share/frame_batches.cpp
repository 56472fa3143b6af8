#include "agent/share/frame_batches.hpp"

#include "core/base/limits.hpp"
#include "core/wire/frame.hpp"

#include <utility>

namespace mesh::share {
namespace {

// Of a chunk that fills the batch by itself.
constexpr std::size_t head_bytes = sizeof(wire::bulk_header);
constexpr std::size_t buffer_bytes = head_bytes + limits::chunk_bytes;

}  // namespace

frame_batches::frame_batches(std::function<void()> returned)
    : buffers_(long_path_buffers_max, head_bytes, limits::chunk_bytes) {
  buffers_.on_return([this, returned = std::move(returned)] {
    if (!lent_.empty()) {
      acknowledged_ += lent_.front();
      lent_.pop_front();
    }
    returned();
  });
}

bool frame_batches::all_lent() const noexcept {
  return lent_.size() == long_path_buffers_max;
}

bool frame_batches::begin() {
  buffer_ = buffers_.take();
  return is_begun();
}

std::span<std::byte> frame_batches::room() const {
  if (!buffer_) return {};
  return std::span(buffer_.get(), buffer_bytes).subspan(size_);
}

void frame_batches::filled(std::size_t bytes, std::uint64_t content) {
  size_ += bytes;
  content_ += content;
}

std::optional<frame_batches::batch> frame_batches::take() {
  if (!buffer_ || size_ == 0) return std::nullopt;
  const auto content = std::exchange(content_, 0), holes = std::exchange(holes_, 0);
  lent_.push_back(content + holes);
  const bytes_view frames(buffer_.get(), std::exchange(size_, 0));
  return batch{{std::move(buffer_), frames}, content, holes};
}

}  // namespace mesh::share
