#include "agent/share/file_receiver.hpp"

#include "agent/share/safe_name.hpp"
#include "agent/share/xattrs.hpp"
#include "agent/share/zeros.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace mesh::share {

// Their length was checked by core/wire.
result<void> check_transfer_id(std::string_view id) {
  if (std::ranges::all_of(id, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
               c == '-';
      }))
    return {};
  return fail(errc::field_invalid, "transfer_id holds other characters than letters, digits, - and _",
              "transfer_id");
}

std::int64_t clamp_mtime(std::int64_t ms) noexcept {
  constexpr std::int64_t latest = 7'258'118'400'000;
  return std::clamp<std::int64_t>(ms, 0, latest);
}

result<void> file_receiver::on_message(const wire::p2p_message& message) {
  if (phase_ == phase::waiting)
    if (const auto* const meta = std::get_if<wire::file_meta>(&message)) return on_meta(*meta);
  if (phase_ == phase::receiving)
    if (const auto* const done = std::get_if<wire::file_done>(&message)) return on_done(*done);
  if (phase_ == phase::receiving && also_.xattrs && xattrs_.empty())
    if (const auto* const xattrs = std::get_if<wire::file_xattrs>(&message)) return on_xattrs(*xattrs);
  if (phase_ == phase::receiving && !start_ && !marks_.empty())
    if (const auto* const progress = std::get_if<wire::file_progress>(&message);
        progress != nullptr && progress->offset > compared_ && progress->offset <= marks_.back().end) {
      compared_ = progress->offset;
      return {};
    }
  return fail(errc::unexpected_message, fmt::format("{} has no place here", wire::type_of(message)));
}

result<void> file_receiver::on_meta(const wire::file_meta& meta) {
  if (auto good = check_transfer_id(meta.transfer_id); !good) return good;
  auto name = safe_name(meta.name);
  if (!name) return pass(name);
  offer_ = {meta.transfer_id, std::move(*name), meta.size, clamp_mtime(meta.mtime),
            meta.text.value_or(false)};
  hash_ = meta.hash.value_or("");
  phase_ = phase::deciding;
  return {};
}

wire::file_accept file_receiver::accept(std::vector<prefix_mark> marks, std::uint64_t block_bytes,
                                        file_extras also) {
  phase_ = phase::receiving;
  marks_ = std::move(marks);
  also_ = also;
  wire::file_accept out;
  if (also.holes) out.holes = true;
  if (also.xattrs) out.xattrs = true;
  if (marks_.empty()) return out;
  out.offset = marks_.back().end;
  out.block_bytes = block_bytes;
  out.blocks.emplace();
  for (const auto& mark : marks_) out.blocks->push_back(mark.hash);
  return out;
}

// The hash goes on from the mark at offset. False when there is none.
bool file_receiver::begin_at(std::uint64_t offset) {
  if (offset != 0) {
    const auto mark = std::ranges::find(marks_, offset, &prefix_mark::end);
    if (mark == marks_.end()) return false;
    hasher_ = std::move(mark->state);
  }
  start_ = announced_ = offset;
  marks_.clear();
  return true;
}

result<void> file_receiver::on_chunk(const wire::bulk_begin& begin) {
  if (begin.kind != wire::frame_kind::file_chunk)
    return fail(errc::unexpected_message, "a frame of another kind than FILE_CHUNK");
  if (phase_ != phase::receiving)
    return fail(errc::unexpected_message,
                phase_ == phase::verified ? "FILE_CHUNK after FILE_DONE" : "FILE_CHUNK before FILE_ACCEPT");
  return take_range("FILE_CHUNK", begin.position, begin.size);
}

result<void> file_receiver::on_hole(const wire::file_hole& hole) {
  if (phase_ != phase::receiving || !also_.holes)
    return fail(errc::unexpected_message, "FILE_HOLE has no place here");
  return take_range("FILE_HOLE", hole.offset, hole.size);
}

result<void> file_receiver::take_range(std::string_view what, std::uint64_t offset, std::uint64_t size) {
  if (!start_) (void)begin_at(offset);
  if (!start_ || offset != announced_)
    return fail(errc::offset_invalid, fmt::format("{} at {} where {} is expected", what, offset, announced_));
  if (size == 0) return fail(errc::size_mismatch, fmt::format("an empty {}", what));
  if (size > offer_.size - announced_)
    return fail(errc::size_mismatch, "more bytes than FILE_META announced");
  announced_ += size;
  return {};
}

void file_receiver::took_zeros(std::uint64_t count) noexcept {
  hash_zeros(hasher_, count);
}

result<void> file_receiver::on_xattrs(const wire::file_xattrs& message) {
  if (auto good = check_xattrs(message.xattrs); !good) return good;
  xattrs_ = message.xattrs;
  return {};
}

result<void> file_receiver::on_done(const wire::file_done& done) {
  // Everything was there already.
  if (!start_) (void)begin_at(marks_.empty() ? 0 : marks_.back().end);
  if (done.size != offer_.size || announced_ != offer_.size)
    return fail(errc::size_mismatch, fmt::format("{} bytes arrived, FILE_META says {}, FILE_DONE says {}",
                                                 announced_, offer_.size, done.size));
  const auto ours = hasher_.hex();
  if (done.hash != ours)
    return fail(errc::hash_mismatch, "the content does not have the hash that FILE_DONE names");
  if (!hash_.empty() && hash_ != ours)
    return fail(errc::hash_mismatch, "the content does not have the hash that FILE_META names");
  hash_ = ours;
  phase_ = phase::verified;
  return {};
}

result<void> file_receiver::on_fin() const {
  if (phase_ == phase::verified) return {};
  return fail(errc::connection_lost, "the sender stopped before the end of the file");
}

std::string told_to_sender(const error& reason) {
  switch (reason.code) {
    case errc::disk_full:
      return reason.field == "size" ? "no room at the receiver: " + reason.detail
                                    : "the disk of the receiver is full";
    case errc::file_exists:
      return reason.field == "name" ? reason.detail : "the receiver could not store the file";
    case errc::write_failed:
    case errc::folder_confined:
    case errc::folder_replaced:
    case errc::not_found:
    case errc::io:
      return "the receiver could not store the file";
    default:
      return reason.detail;
  }
}

bool spoils_content(errc code) noexcept {
  switch (code) {
    case errc::bad_frame:
    case errc::bad_message:
    case errc::unexpected_message:
    case errc::offset_invalid:
    case errc::size_mismatch:
    case errc::size_exceeded:
    case errc::hash_mismatch:
    case errc::field_invalid:
    case errc::name_unsafe:
      return true;
    default:
      return false;
  }
}

}  // namespace mesh::share
