#include "core/wire/frame.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace mesh::wire {
namespace {

constexpr std::size_t length_bytes = 4;

// Bytes between the kind and the content; -1 when the kind is not known.
int position_bytes(frame_kind kind) noexcept {
  switch (kind) {
    case frame_kind::file_chunk:
    case frame_kind::term_out:
    case frame_kind::term_snapshot:
      return 8;
    case frame_kind::term_in:
      return 4;
    case frame_kind::json:
      return 0;
  }
  return -1;
}

template <class Position>
auto header_of(frame_kind kind, Position position, std::size_t size) noexcept {
  std::array<std::byte, length_bytes + 1 + sizeof(Position)> out;
  put_be(out.data(), static_cast<std::uint32_t>(1 + sizeof(Position) + size));
  out[length_bytes] = static_cast<std::byte>(kind);
  put_be(out.data() + length_bytes + 1, position);
  return out;
}

}  // namespace

bulk_header file_chunk_header(std::uint64_t offset, std::size_t size) noexcept {
  return header_of(frame_kind::file_chunk, offset, size);
}
bulk_header term_out_header(std::uint64_t offset, std::size_t size) noexcept {
  return header_of(frame_kind::term_out, offset, size);
}
bulk_header term_snapshot_header(std::uint64_t offset, std::size_t size) noexcept {
  return header_of(frame_kind::term_snapshot, offset, size);
}
std::array<std::byte, 9> term_in_header(std::uint32_t epoch, std::size_t size) noexcept {
  return header_of(frame_kind::term_in, epoch, size);
}

bytes json_frame(std::string_view text) {
  bytes out(length_bytes + text.size());
  put_be(out.data(), static_cast<std::uint32_t>(text.size()));
  std::ranges::copy(as_bytes(text), out.begin() + length_bytes);
  return out;
}

bytes_view frame_splitter::take(std::size_t count_max) noexcept {
  const auto taken = input_.first(std::min(count_max, input_.size()));
  input_ = input_.subspan(taken.size());
  return taken;
}

// How much of the header can be read now: the length says whether there is a kind, the kind how long the
// position is.
std::size_t frame_splitter::header_wanted() const noexcept {
  if (header_size_ <= length_bytes) return length_bytes + 1;
  const int position = position_bytes(static_cast<frame_kind>(header_[length_bytes]));
  return length_bytes + 1 + static_cast<std::size_t>(std::max(position, 0));
}

// header_ holds length and kind.
result<void> frame_splitter::check_length() const {
  const std::size_t length = get_be<std::uint32_t>(header_.data());
  const auto kind = static_cast<frame_kind>(header_[length_bytes]);
  const int position = position_bytes(kind);
  if (length == 0) return fail(errc::bad_frame, "a frame is empty");
  if (position < 0)
    return fail(errc::bad_frame,
                fmt::format("frame kind 0x{:02x} is not known", static_cast<unsigned>(kind)));
  const auto before_content = 1 + static_cast<std::size_t>(position);
  const auto max =
      kind == frame_kind::json ? limits::json_message_bytes_max : before_content + limits::chunk_bytes;
  if (length < before_content || length > max)
    return fail(errc::bad_frame,
                fmt::format("a frame of kind 0x{:02x} has {} bytes", static_cast<unsigned>(kind), length));
  return {};
}

// True when the header is complete.
result<bool> frame_splitter::read_header() {
  while (header_size_ < header_wanted()) {
    const auto part = take(header_wanted() - header_size_);
    if (part.empty()) {
      // Refused as soon as it is known: a peer that sends a wrong length and waits must not be waited for.
      if (header_size_ == length_bytes &&
          get_be<std::uint32_t>(header_.data()) - 1 >= limits::frame_body_bytes_max)
        return fail(errc::bad_frame, "the length of a frame is out of range");
      return false;
    }
    std::ranges::copy(part, header_.begin() + static_cast<std::ptrdiff_t>(header_size_));
    const bool had_kind = header_size_ > length_bytes;
    header_size_ += part.size();
    if (!had_kind && header_size_ > length_bytes)
      if (auto good = check_length(); !good) return pass(good);
  }
  return true;
}

std::optional<frame_part> frame_splitter::begin_body() {
  const std::size_t length = get_be<std::uint32_t>(header_.data());
  const auto kind = static_cast<frame_kind>(header_[length_bytes]);
  left_ = length_bytes + length - header_size_;
  header_size_ = 0;
  if (kind == frame_kind::json) {
    state_ = state::json;
    held_ = '{';
    return read_json();
  }
  state_ = left_ > 0 ? state::bulk : state::bulk_finished;
  const auto* position = header_.data() + length_bytes + 1;
  return bulk_begin{
      kind, kind == frame_kind::term_in ? get_be<std::uint32_t>(position) : get_be<std::uint64_t>(position),
      left_};
}

std::optional<frame_part> frame_splitter::read_json() {
  const auto part = take(left_);
  held_ += as_text(part);
  left_ -= part.size();
  if (left_ > 0) return std::nullopt;
  state_ = state::header;
  return frame_json{held_};
}

std::optional<frame_part> frame_splitter::read_bulk() {
  const auto part = take(left_);
  if (part.empty()) return std::nullopt;
  left_ -= part.size();
  if (left_ == 0) state_ = state::bulk_finished;
  return bulk_data{part};
}

result<std::optional<frame_part>> frame_splitter::next() {
  switch (state_) {
    case state::header: {
      const auto complete = read_header();
      if (!complete) {
        state_ = state::broken;
        return std::unexpected(complete.error());
      }
      if (!*complete) return std::nullopt;
      return begin_body();
    }
    case state::json:
      return read_json();
    case state::bulk:
      return read_bulk();
    case state::bulk_finished:
      state_ = state::header;
      return bulk_end{};
    case state::broken:
      break;
  }
  return fail(errc::bad_frame, "the stream cannot be read on");
}

}  // namespace mesh::wire
