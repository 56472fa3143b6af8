#include "agent/share/file_sender.hpp"

#include "agent/share/utf8.hpp"
#include "agent/share/zeros.hpp"
#include "core/base/escape.hpp"
#include "core/base/limits.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace mesh::share {
namespace {

constexpr std::string_view peer_words = "the receiver says: ";

}  // namespace

std::string peer_text(std::string_view text) {
  constexpr std::size_t bytes_max = 200;
  return escape_controls(cut_utf8(text, bytes_max));
}

error peer_error(std::string_view code, std::string_view message) {
  const auto known = code_of(code);
  const bool ours = known != errc::internal || code == word(errc::internal);
  return {ours ? known : errc::denied, std::string(peer_words) + peer_text(message), {}};
}

bool said_by_peer(const error& reason) {
  return reason.detail.starts_with(peer_words);
}

std::optional<file_sender::piece> file_sender::next() const noexcept {
  if (phase_ != phase::sending || offset_ == meta_.size) return std::nullopt;
  const bool send = !comparing();
  const std::uint64_t end = send ? meta_.size : end_of_block();
  const auto size = std::min<std::uint64_t>(end - offset_, limits::chunk_bytes);
  return piece{offset_, static_cast<std::size_t>(size), send};
}

void file_sender::took(bytes_view content) {
  const bool compares = comparing() && !blocks_.empty();
  hasher_.update(content);
  offset_ += content.size();
  if (compares) compare();
}

void file_sender::took_zeros(std::uint64_t count) {
  hash_zeros(hasher_, count);
  offset_ += count;
}

std::uint64_t file_sender::hole_bytes(std::uint64_t end) const noexcept {
  if (!takes_holes_ || comparing()) return 0;
  return std::min(std::min(end, meta_.size) - offset_, limits::hole_bytes_max);
}

std::uint64_t file_sender::end_of_block() const noexcept {
  if (blocks_.empty()) return send_from_;
  return std::min(send_from_, (compared_ + 1) * block_bytes_);
}

// At the end of a block: goes on behind it, or sends it anew.
void file_sender::compare() {
  if (offset_ != end_of_block()) return;
  if (hasher_.hex() == blocks_[compared_]) {
    agreed_ = hasher_.clone();
    ++compared_;
    return;
  }
  hasher_ = std::move(agreed_);
  offset_ = send_from_ = std::min(send_from_, compared_ * block_bytes_);
}

wire::file_done file_sender::done() {
  hash_ = hasher_.hex();
  phase_ = phase::verified;
  return {hash_, meta_.size};
}

result<void> file_sender::on_message(const wire::p2p_message& message) {
  if (const auto* const accept = std::get_if<wire::file_accept>(&message)) return on_accept(*accept);
  if (const auto* const outcome = std::get_if<wire::file_result>(&message)) return on_result(*outcome);
  if (const auto* const reject = std::get_if<wire::file_reject>(&message); reject && phase_ == phase::offered)
    return std::unexpected(peer_error(reject->code, reject->message));
  if (const auto* const progress = std::get_if<wire::file_progress>(&message)) {
    // Before the decision the receiver reads what it has of the file. It may wait for its turn at the disk;
    // how long it may stand still is not judged here.
    if (phase_ == phase::offered && progress->offset <= meta_.size) return {};
    if (phase_ != phase::offered && progress->offset <= offset_) return {};
    return fail(errc::offset_invalid, "FILE_PROGRESS names bytes that were not sent");
  }
  return fail(errc::unexpected_message, fmt::format("{} is not expected now", wire::type_of(message)));
}

result<void> file_sender::on_accept(const wire::file_accept& accept) {
  if (phase_ != phase::offered) return fail(errc::unexpected_message, "FILE_ACCEPT came twice");
  if (accept.offset > meta_.size)
    return fail(errc::offset_invalid,
                fmt::format("FILE_ACCEPT asks for offset {} of {} bytes", accept.offset, meta_.size));
  send_from_ = accept.offset;
  takes_holes_ = accept.holes.value_or(false);
  takes_xattrs_ = accept.xattrs.value_or(false);
  takes_waits_ = accept.waits.value_or(false);
  blocks_ = accept.blocks.value_or(std::vector<std::string>());
  block_bytes_ = accept.block_bytes.value_or(0);
  if (accept.blocks &&
      (block_bytes_ == 0 || blocks_.size() != (accept.offset + block_bytes_ - 1) / block_bytes_))
    return fail(errc::offset_invalid, fmt::format("FILE_ACCEPT names {} blocks of {} for {} bytes",
                                                  blocks_.size(), block_bytes_, accept.offset));
  phase_ = phase::sending;
  return {};
}

result<void> file_sender::on_result(const wire::file_result& outcome) {
  if (!outcome.ok && phase_ != phase::finished)
    return std::unexpected(peer_error(outcome.code.value_or("denied"), outcome.message.value_or("")));
  if (phase_ != phase::verified)
    return fail(errc::unexpected_message, "FILE_RESULT came before the end of the file");
  if (!outcome.hash || *outcome.hash != hash_)
    return fail(errc::hash_mismatch, "the receiver confirms another hash than ours");
  // Not cut: the message bounds it, and it may be the name that we offered.
  name_there_ = escape_controls(outcome.name.value_or(meta_.name));
  phase_ = phase::finished;
  return {};
}

}  // namespace mesh::share
