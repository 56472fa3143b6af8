#include "agent/p2p/webtransport/item_reader.hpp"

#include "agent/p2p/webtransport/varint.hpp"

#include <algorithm>

namespace mesh::webtransport {
namespace {

constexpr std::size_t head_bytes_max = 16;

void append(bytes& to, bytes_view data) {
  to.insert(to.end(), data.begin(), data.end());
}

}  // namespace

result<void> item_reader::push(bytes_view data) {
  while (!data.empty()) {
    auto read = in_value_ ? take_value(data) : begin(data);
    if (!read) return read;
  }
  return {};
}

result<void> item_reader::begin(bytes_view& data) {
  const std::size_t before = kept_.size();
  append(kept_, data.first(std::min(data.size(), head_bytes_max - before)));
  bytes_view head = kept_;
  const auto type = take_varint(head);
  const auto length = type ? take_varint(head) : std::nullopt;
  if (!length) {
    data = data.subspan(kept_.size() - before);
    return {};
  }
  data = data.subspan(kept_.size() - head.size() - before);
  kept_.clear();
  type_ = *type;
  left_ = *length;
  const auto wanted = calls_.on_begin(type_, left_);
  if (!wanted) return std::unexpected(wanted.error());
  care_ = *wanted;
  if (care_ == care::keep && left_ > keep_max_) return fail(errc::bad_frame, "an item of HTTP/3 is too long");
  in_value_ = true;
  return left_ == 0 ? whole() : result<void>();
}

result<void> item_reader::take_value(bytes_view& data) {
  const auto piece = data.first(static_cast<std::size_t>(std::min<std::uint64_t>(left_, data.size())));
  data = data.subspan(piece.size());
  left_ -= piece.size();
  if (care_ == care::keep) append(kept_, piece);
  if (care_ == care::stream)
    if (auto told = calls_.on_value(type_, piece); !told) return told;
  return left_ == 0 ? whole() : result<void>();
}

result<void> item_reader::whole() {
  in_value_ = false;
  const bytes value = std::exchange(kept_, {});
  return care_ == care::keep ? calls_.on_value(type_, value) : result<void>();
}

}  // namespace mesh::webtransport
