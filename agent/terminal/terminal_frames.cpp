#include "agent/terminal/terminal_frames.hpp"

#include <algorithm>
#include <memory>
#include <utility>

namespace mesh::terminal {
namespace {

p2p::shared_bytes own(bytes data) {
  auto kept = std::make_shared<const bytes>(std::move(data));
  const bytes_view view(*kept);
  return {std::move(kept), view};
}

template <class Header>
p2p::shared_bytes framed(const Header& header, bytes_view data) {
  bytes out;
  out.reserve(header.size() + data.size());
  out.insert(out.end(), header.begin(), header.end());
  out.insert(out.end(), data.begin(), data.end());
  return own(std::move(out));
}

}  // namespace

p2p::shared_bytes message_frame(const wire::p2p_message& message) {
  return own(wire::json_frame(wire::render_p2p_message(message)));
}

p2p::shared_bytes output_frame(std::uint64_t offset, bytes_view data) {
  return framed(wire::term_out_header(offset, data.size()), data);
}

p2p::shared_bytes input_frame(std::uint32_t epoch, bytes_view data) {
  return framed(wire::term_in_header(epoch, data.size()), data);
}

std::vector<p2p::shared_bytes> snapshot_frames(std::uint64_t offset, std::string_view text) {
  std::vector<p2p::shared_bytes> out;
  do {
    const auto part = text.substr(0, limits::chunk_bytes);
    text.remove_prefix(part.size());
    out.push_back(framed(wire::term_snapshot_header(offset, part.size()), as_bytes(part)));
  } while (!text.empty());
  return out;
}

result<void> frame_reader::feed(bytes_view data, const bool& alive) {
  splitter_.feed(data);
  while (alive) {
    auto part = splitter_.next();
    if (!part) return pass(part);
    if (!*part) return {};
    if (const auto* json = std::get_if<wire::frame_json>(&**part)) {
      auto message = wire::parse_p2p_message(json->text);
      if (!message) return pass(message);
      calls_.on_message(std::move(*message));
    } else if (const auto* begin = std::get_if<wire::bulk_begin>(&**part)) {
      if (begin->size > bulk_bytes_max_) return fail(errc::bad_frame, "a frame of a terminal is too long");
      begin_ = *begin;
      held_.clear();
    } else if (const auto* piece = std::get_if<wire::bulk_data>(&**part)) {
      held_.insert(held_.end(), piece->data.begin(), piece->data.end());
    } else {
      calls_.on_bulk(begin_.kind, begin_.position, held_);
    }
  }
  return {};
}

}  // namespace mesh::terminal
