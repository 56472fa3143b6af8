#include "agent/share/sending_folder.hpp"

#include "agent/p2p/close_code.hpp"
#include "agent/share/left_behind.hpp"
#include "agent/share/manifest.hpp"
#include "agent/share/utf8.hpp"
#include "core/base/limits.hpp"
#include "core/base/log.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace mesh::share {
namespace {

constexpr std::size_t header_bytes = sizeof(wire::bulk_header);
// Well below the receiver's stall timeout.
constexpr auto sign_of_life = std::chrono::seconds(10);
// The receiver counts its own deadline; ours only has to be the longer one.
constexpr auto answer_grace = std::chrono::seconds(30);
// Pieces that are only compared, before others get their turn.
constexpr std::size_t compared_pieces_max = 8;

wire::file_meta meta_of(const transfer_info& info, const wire::manifest_entry& entry) {
  return {info.transfer_id, "file", entry.size, std::nullopt, entry.mtime, entry.mode};
}

}  // namespace

sending_folder::sending_folder(std::unique_ptr<p2p::byte_stream> stream, transfer_info info,
                               const transfer_owner& owner, std::shared_ptr<const source_tree> source,
                               bool xattrs)
    : running_transfer(std::move(stream), std::move(info), owner),
      source_(std::move(source)),
      xattrs_(xattrs),
      pages_(manifest_pages(source_->entries)),
      tree_(source_->left_out),
      batches_([this] { buffer_returned(); }),
      watch_(now()),
      standstill_(now(), limits::standstill_timeout),
      last_sign_(now()) {}

void sending_folder::start() {
  stream_->set_handler(this);
  write(wire::folder_meta{info_.transfer_id, info_.name, source_->origin,
                          static_cast<std::uint32_t>(pages_.size()), source_->entries.size(), source_->files,
                          source_->size, source_->mtime, source_->mode, told_of(source_->left_out)});
  pump();
}

std::optional<std::string> sending_folder::current() const {
  if (!file_) return std::nullopt;
  return source_->entries[file_->entry].path;
}

// -- what the receiver says

void sending_folder::on_data(bytes_view data, bool fin) {
  if (over()) return;
  stream_->consume(data.size());
  splitter_.feed(data);
  while (!over()) {
    const auto part = splitter_.next();
    if (!part) return give_up(part.error());
    if (!*part) break;
    const auto* const json = std::get_if<wire::frame_json>(&**part);
    if (json == nullptr) return give_up({errc::unexpected_message, "the receiver sent content", {}});
    const auto message = wire::parse_p2p_message(json->text);
    if (!message) return give_up(message.error());
    if (auto taken = on_message(*message); !taken) return give_up(taken.error());
    watch_.restart(now());
  }
  if (fin && !over()) give_up({errc::connection_lost, "the receiver ended the stream", {}});
}

result<void> sending_folder::on_message(const wire::p2p_message& message) {
  if (const auto* const accept = std::get_if<wire::folder_accept>(&message)) return on_accept(*accept);
  if (const auto* const outcome = std::get_if<wire::folder_result>(&message)) return on_result(*outcome);
  if (const auto* const reject = std::get_if<wire::file_reject>(&message); reject && !started_)
    return std::unexpected(peer_error(reject->code, reject->message));
  if (const auto* const said = std::get_if<wire::file_progress>(&message)) return on_progress(*said);
  return fail(errc::unexpected_message, fmt::format("{} is not expected now", wire::type_of(message)));
}

// It reads what it has, writes what came, or brings everything to its disk.
result<void> sending_folder::on_progress(const wire::file_progress& said) {
  if (phase_ == phase::listing) return fail(errc::unexpected_message, "FILE_PROGRESS has no place here");
  if (said.offset > (phase_ == phase::offered ? info_.size : handed_over_))
    return fail(errc::offset_invalid, "FILE_PROGRESS names bytes that were not sent");
  standstill_.moved(said.offset, now());
  return {};
}

// Another phase: what the receiver confirms is counted from here.
void sending_folder::watch_anew() {
  watch_.restart(now());
  standstill_ = stall_watch(now(), limits::standstill_timeout);
}

result<void> sending_folder::on_accept(const wire::folder_accept& accept) {
  if (phase_ != phase::offered) return fail(errc::unexpected_message, "FOLDER_ACCEPT has no place here");
  for (const auto& kept : accept.kept) {
    const auto& entries = source_->entries;
    if (kept.entry >= entries.size() || entries[kept.entry].kind != "file" ||
        kept.offset > entries[kept.entry].size ||
        kept.blocks.size() != (kept.offset + kept.block_bytes - 1) / kept.block_bytes ||
        !kept_.emplace(kept.entry, kept).second)
      return fail(errc::offset_invalid, "FOLDER_ACCEPT names what was not offered");
    kept_bytes_ += kept.offset;
  }
  if (!accept.last) return {};
  phase_ = phase::sending;
  takes_holes_ = accept.holes.value_or(false);
  takes_xattrs_ = accept.xattrs.value_or(false);
  takes_waits_ = accept.waits.value_or(false);
  started_ = true;
  watch_anew();
  handed_over_ = kept_bytes_;
  begin_meter(kept_bytes_);
  log::info("share", "Sending folder files={} size={} kept_bytes={} to={} session_id={} name=\"{}\"",
            source_->files, info_.size, kept_bytes_, info_.peer.device.str(), info_.session.str(),
            info_.name);
  tell_started();
  if (xattrs_) put_xattrs_of(std::nullopt);
  pump();
  return {};
}

result<void> sending_folder::on_result(const wire::folder_result& outcome) {
  if (!outcome.ok)
    return std::unexpected(peer_error(outcome.code.value_or("denied"), outcome.message.value_or("")));
  if (phase_ != phase::verified)
    return fail(errc::unexpected_message, "FOLDER_RESULT came before the end of the folder");
  if (!outcome.hash || *outcome.hash != hash_)
    return fail(errc::hash_mismatch, "the receiver confirms another hash than ours");
  tree_.renamed = outcome.renamed_count.value_or(0);
  if (outcome.renamed)
    for (const auto& entry : *outcome.renamed)
      if (entry.entry < source_->entries.size())
        tree_.note(errc::file_exists, source_->entries[entry.entry].path, peer_text(entry.path));
  succeed(peer_text(outcome.name.value_or(info_.name)), path(), hash_, {{tree_, whole_bytes_}});
  leave(p2p::close_code::none);
  return {};
}

// -- what goes

void sending_folder::pump() {
  if (over() || paused_) return gate().leave();
  if (phase_ == phase::listing) return send_pages();
  if (phase_ != phase::sending) return gate().leave();
  std::size_t only_compared = 0;
  while (stream_->writable() > 0) {
    if (!batches_.is_begun()) {
      if (batches_.all_lent()) break;                           // buffer_returned() goes on
      if (gate().ask(limits::chunk_bytes, now()) == 0) return;  // on_turn() or tick() goes on
      if (!batches_.begin()) break;
    }
    const auto room_before = batches_.room().size();
    if (!fill()) return gate().leave();
    // Hashing what need not be sent waits for nobody: others get their turn in between.
    const bool idle = std::exchange(hashed_hole_, false) || batches_.room().size() == room_before;
    if (idle && ++only_compared == compared_pieces_max) return post([this] { pump(); });
  }
  gate().leave();
}

void sending_folder::send_pages() {
  for (; next_page_ < pages_.size() && stream_->writable() > 0; ++next_page_) {
    const auto [first, last] = pages_[next_page_];
    const auto begin = source_->entries.begin();
    write(wire::folder_manifest{
        static_cast<std::uint32_t>(next_page_),
        static_cast<std::uint32_t>(pages_.size()),
        {begin + static_cast<std::ptrdiff_t>(first), begin + static_cast<std::ptrdiff_t>(last)}});
  }
  if (next_page_ < pages_.size()) return;
  phase_ = phase::offered;
  watch_anew();
}

bool sending_folder::fill() {
  if (!file_ && !next_file()) return false;
  if (!file_) return true;
  if (!file_->sender.all_read()) return send_piece();
  end_of_file();
  return true;
}

// False at the end of the folder.
bool sending_folder::next_file() {
  const auto& entries = source_->entries;
  for (; next_entry_ < entries.size() && entries[next_entry_].kind != "file"; ++next_entry_)
    if (xattrs_ && entries[next_entry_].kind == "directory") put_xattrs_of(next_entry_);
  if (next_entry_ == entries.size()) {
    end_of_folder();
    return false;
  }
  const auto number = next_entry_++;
  const auto& entry = entries[number];
  auto opened = source_->open(number);
  if (opened && (opened->size() != entry.size || unix_milliseconds(opened->mtime()) != entry.mtime))
    opened = fail(errc::file_changed, "it changed since the folder was listed");
  if (!opened) {
    skip(number, opened.error());
    return true;
  }
  file_.emplace(number, std::move(*opened), file_sender(meta_of(info_, entry)));
  wire::file_accept said;
  if (auto kept = kept_.extract(number))
    said = {kept.mapped().offset, std::move(kept.mapped().blocks), kept.mapped().block_bytes, {}};
  said.holes = takes_holes_;
  (void)file_->sender.on_message(said);
  put(wire::folder_file{number});
  return true;
}

void sending_folder::put_xattrs_of(std::optional<std::size_t> entry) {
  put_xattrs(source_->xattrs_of(entry), entry);
}

void sending_folder::put_xattrs(carried_xattrs found, std::optional<std::uint64_t> entry) {
  xattrs_stay_behind(found.left + (takes_xattrs_ ? 0 : found.attributes.size()));
  if (takes_xattrs_ && !found.attributes.empty()) put(wire::file_xattrs{std::move(found.attributes), entry});
}

// The receiver hears why, without the paths of this machine.
void sending_folder::skip(std::size_t entry, const error& reason) {
  const auto& path = source_->entries[entry].path;
  log::info("share", "A file of a folder is left out: {} session_id={}", word(reason.code),
            info_.session.str());
  ++tree_.omitted;
  tree_.incomplete = true;
  tree_.note(reason.code, path, well_formed(reason.detail));
  put(wire::folder_skip{
      entry, std::string(word(reason.code)),
      reason.code == errc::file_changed ? "it changed while it was sent" : "it cannot be read"});
  file_.reset();
}

bool sending_folder::send_piece() {
  auto piece = *file_->sender.next();
  if (!piece.send) {
    bytes content(piece.size);
    if (auto read = file_->source.read(piece.offset, content); !read) {
      skip(file_->entry, read.error());
      return true;
    }
    file_->sender.took(content);
    give_sign_of_life();
    return true;
  }
  if (send_hole(piece)) return true;
  piece.size = static_cast<std::size_t>(
      std::min<std::uint64_t>(piece.size, file_->source.extent_at(piece.offset).end - piece.offset));
  // A large piece begins a buffer of its own, a small one takes the room that is left.
  const auto room = batches_.room();
  if (room.size() < header_bytes + piece.size) {
    flush();
    return true;
  }
  const auto content = room.subspan(header_bytes, piece.size);
  if (auto read = file_->source.read(piece.offset, content); !read) {
    skip(file_->entry, read.error());
    return true;
  }
  file_->sender.took(content);
  std::ranges::copy(wire::file_chunk_header(piece.offset, piece.size), room.data());
  batches_.filled(header_bytes + piece.size, piece.size);
  if (batches_.room().size() <= header_bytes) flush();
  return true;
}

// False when data lies there, or the receiver wants all bytes.
bool sending_folder::send_hole(const file_sender::piece& piece) {
  const auto extent = file_->source.extent_at(piece.offset);
  const auto size = extent.hole ? file_->sender.hole_bytes(extent.end) : 0;
  if (size == 0) return false;
  file_->sender.took_zeros(size);
  put(wire::file_hole{piece.offset, size});
  if (batches_.is_begun()) {
    batches_.add_hole(size);
  } else {  // it went by itself
    handed_over_ += size;
    batches_.add_acknowledged(size);
  }
  hashed_hole_ = true;
  return true;
}

void sending_folder::end_of_file() {
  const auto entry = file_->entry;
  if (auto same = file_->source.unchanged(); !same) return skip(entry, same.error());
  if (xattrs_) put_xattrs(file_->source.xattrs(), std::nullopt);
  const auto done = file_->sender.done();
  if (file_->sender.start() == source_->entries[entry].size && done.size > 0) ++tree_.kept;
  put(done);
  tree_hash_.update(as_bytes(fmt::format("{}  ./{}\n", done.hash, source_->entries[entry].path)));
  ++files_sent_;
  whole_bytes_ += done.size;
  ++tree_.files_done;
  file_.reset();
}

void sending_folder::end_of_folder() {
  hash_ = tree_hash_.hex();
  put(wire::folder_done{hash_, files_sent_});
  flush();
  phase_ = phase::verified;
  stream_->finish();
  watch_anew();
}

void sending_folder::put(const wire::p2p_message& message) {
  const auto frame = wire::json_frame(wire::render_p2p_message(message));
  if (frame.size() > batches_.room().size()) {
    flush();
    // No buffer left: this one goes by itself.
    if (!batches_.is_begun() && !batches_.begin()) return write(message);
  }
  std::ranges::copy(frame, batches_.room().data());
  batches_.filled(frame.size(), 0);
}

void sending_folder::flush() {
  auto batch = batches_.take();
  if (!batch) return;
  handed_over_ = std::min(handed_over_ + batch->content + batch->holes, info_.size);
  gate().spend(static_cast<std::size_t>(batch->content), now());
  stream_->write(std::move(batch->frames));
}

void sending_folder::buffer_returned() {
  if (pump_posted_) return;
  pump_posted_ = true;
  post([this] {
    pump_posted_ = false;
    if (over()) return;
    watch_.moved(batches_.acknowledged(), now());
    standstill_.moved(kept_bytes_ + batches_.acknowledged(), now());
    report(std::min(kept_bytes_ + batches_.acknowledged(), info_.size));
    pump();
  });
}

// While what the receiver has is only read, nothing else moves.
void sending_folder::give_sign_of_life() {
  watch_.restart(now());
  if (now() - last_sign_ < sign_of_life || file_->sender.start()) return;
  last_sign_ = now();
  put(wire::file_progress{file_->sender.compared()});
  flush();
}

// -- time and the end

void sending_folder::tick() {
  if (lingering() || paused_) return;
  if (gate().waiting()) pump();
  if (over()) return;
  if (gate().waiting()) {  // held up by our own rates: the receiver cannot see why nothing comes
    watch_.restart(now());
    standstill_.restart(now());
    if (!takes_waits_ || now() - last_sign_ < sign_of_life) return;
    last_sign_ = now();
    return write(wire::file_progress{0});
  }
  if (standstill_.stalled(now())) {
    give_up({errc::stalled, "the receiver says that it is busy, and does not get on", {}});
  } else if (started_) {
    if (watch_.stalled(now())) give_up({errc::stalled, "the receiver takes (nearly) nothing", {}});
  } else if (watch_.since(now()) > limits::offer_answer_timeout + answer_grace) {
    give_up({errc::timed_out, "the receiver did not answer", {}});
  }
}

void sending_folder::pause(bool on) {
  paused_ = on;
  watch_.restart(now());
  standstill_.restart(now());
  pump();
}

void sending_folder::on_closed(const error& reason) {
  stream_gone();
  give_up(reason);
}

void sending_folder::give_up(const error& reason) {
  fail_with(reason);
  leave(p2p::close_code::of(reason));
}

}  // namespace mesh::share
