#include "agent/share/receiving_folder.hpp"

#include "agent/share/file_sender.hpp"
#include "agent/share/folder_replies.hpp"
#include "agent/share/left_behind.hpp"
#include "core/base/log.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace mesh::share {

result<void> receiving_folder::on_fin() {
  if (phase_ >= phase::finishing) return {};
  return fail(errc::connection_lost, "the sender stopped before the end of the folder");
}

result<void> receiving_folder::on_message(std::string_view text) {
  auto message = wire::parse_p2p_message(text);
  if (!message) return pass(message);
  if (phase_ == phase::listing) {
    listed_bytes_ += text.size();
    watch_.moved(listed_bytes_, now());
    return on_listing(std::move(*message));
  }
  if (const auto* const said = std::get_if<wire::file_progress>(&*message);
      said != nullptr && said->offset == 0 && is_taking())
    return sender_waits();
  restart_watches();
  if (phase_ == phase::receiving) return on_content_message(*message);
  return fail(errc::unexpected_message, fmt::format("{} has no place here", wire::type_of(*message)));
}

// -- the offer

result<void> receiving_folder::on_listing(wire::p2p_message message) {
  if (const auto* const meta = std::get_if<wire::folder_meta>(&message)) return on_meta(*meta);
  auto* const page = std::get_if<wire::folder_manifest>(&message);
  if (page == nullptr)
    return fail(errc::unexpected_message, fmt::format("{} has no place here", wire::type_of(message)));
  if (auto taken = manifest_.on_page(std::move(*page)); !taken) return taken;
  if (auto room = claim_.grow_to(manifest_.held_bytes()); !room) return room;
  return manifest_.complete() ? on_offer() : result<void>();
}

// A sender from whom nothing may come, or not so much, need not list anything.
result<void> receiving_folder::on_meta(const wire::folder_meta& meta) {
  if (auto taken = manifest_.on_meta(meta); !taken) return taken;
  const auto& offer = manifest_.offered();
  info_.transfer_id = offer.transfer_id;
  info_.name = offer.name;
  info_.size = offer.size;
  info_.files = tree_.files = offer.files;
  if (meta.left) take_told(tree_, *meta.left);
  return weigh_offer();
}

result<void> receiving_folder::on_offer() {
  phase_ = phase::deciding;
  return judge_offer("folder");
}

bool receiving_folder::on_idle() {
  if (phase_ != phase::listing || now() < listing_until_) return false;
  refuse({errc::stalled, "the list of the folder does not come to its end", {}});
  return true;
}

result<void> receiving_folder::let_in() {
  const auto place = request().place_for(info_);
  if (!place) return std::unexpected(place.error());
  const auto& offer = manifest_.offered();
  auto folder = growing_folder::open(
      place->directory, offer, {info_.peer.user.str(), info_.peer.device.str(), offer.name, offer.origin},
      manifest_.take_entries(), place->policy);
  if (!folder) return pass(folder);
  survey_ = std::make_shared<folder_survey>(std::move(*folder), only_confirms());
  path_ = survey_->path();
  phase_ = phase::preparing;
  prepare();
  return {};
}

void receiving_folder::prepare() {
  lend_to_worker(
      disk_work::reading, survey_, [&held = *survey_] { return held.step(); },
      [this](const result<bool>& more) { prepared(more); });
}

void receiving_folder::prepared(const result<bool>& more) {
  if (!more) return refuse(more.error());
  done_ = survey_->found_bytes();
  if (*more) {
    give_sign_of_life();
    return prepare();
  }
  sink_ = std::exchange(survey_, nullptr)->make_sink();
  skip_to_next_file();
  begin_meter(done_);
  begin_content();
  phase_ = phase::receiving;
  auto pages = kept_pages(sink_->what_is_kept(), sink_->entries(), sink_->keeps_xattrs());
  pages.back().waits = true;
  for (const auto& page : pages) write(page);
  log::info("share", "Receiving folder files={} size={} kept_bytes={} from={} session_id={} name=\"{}\"",
            tree_.files, info_.size, done_, info_.peer.device.str(), info_.session.str(), info_.name);
  tell_started();
}

// -- content

result<void> receiving_folder::on_content_message(const wire::p2p_message& message) {
  if (const auto* const file = std::get_if<wire::folder_file>(&message)) return on_file(file->entry);
  if (const auto* const skip = std::get_if<wire::folder_skip>(&message)) return on_skip(*skip);
  if (const auto* const done = std::get_if<wire::folder_done>(&message)) return on_folder_done(*done);
  if (const auto* const xattrs = std::get_if<wire::file_xattrs>(&message)) return on_xattrs(*xattrs);
  if (file_) {
    if (const auto* const done = std::get_if<wire::file_done>(&message)) return on_file_done(*done);
    if (const auto* const hole = std::get_if<wire::file_hole>(&message)) return on_zeros(*hole);
    if (const auto* const progress = std::get_if<wire::file_progress>(&message))
      return on_compared(*progress);
  }
  return fail(errc::unexpected_message, fmt::format("{} has no place here", wire::type_of(message)));
}

result<void> receiving_folder::on_file(std::uint64_t entry) {
  const auto& entries = sink_->entries();
  if (entry >= entries.size() || entries[entry].kind != "file")
    return fail(errc::bad_message, "a file that the manifest does not name");
  if (file_ || entry != next_file_)
    return fail(errc::unexpected_message, "FOLDER_FILE out of the manifest's order");
  auto& kept = sink_->what_is_kept();
  file_.emplace();
  file_->entry = entry;
  const auto& facts = entries[entry];
  current_ = facts.path;
  // What file_receiver judges is the content; the name was judged with the manifest.
  const wire::file_meta meta{info_.transfer_id, "file", facts.size, std::nullopt, facts.mtime, facts.mode};
  if (auto taken = file_->receiver.on_message(meta); !taken) return taken;
  if (const auto whole = kept.whole.find(entry); whole != kept.whole.end()) file_->whole = &whole->second;
  const file_extras also{.holes = true, .xattrs = sink_->keeps_xattrs()};
  if (auto begun = kept.begun.extract(entry))
    (void)file_->receiver.accept(std::move(begun.mapped().marks), begun.mapped().block_bytes, also);
  else
    (void)file_->receiver.accept({}, 0, also);
  written_ = 0;
  return {};
}

result<void> receiving_folder::on_skip(const wire::folder_skip& skip) {
  if (file_ ? skip.entry != file_->entry : skip.entry != next_file_)
    return fail(errc::unexpected_message, "FOLDER_SKIP out of the manifest's order");
  sink_->drop(skip.entry);
  sink_->what_is_kept().whole.erase(skip.entry);
  forget_gathered();
  const auto& entry = sink_->entries()[skip.entry];
  ++tree_.omitted;
  tree_.incomplete = true;
  tree_.note(peer_error(skip.code, skip.message).code, entry.path, peer_text(skip.message));
  next_file();
  return {};
}

// A sign of life while the sender reads what we have; it must get on.
result<void> receiving_folder::on_compared(const wire::file_progress& progress) {
  const auto size = sink_->entries()[file_->entry].size;
  if (file_->opened || progress.offset <= file_->compared || progress.offset > size)
    return fail(errc::offset_invalid, "FILE_PROGRESS does not get on");
  file_->compared = progress.offset;
  return {};
}

result<void> receiving_folder::on_chunk(const wire::bulk_begin& begin) {
  if (phase_ != phase::receiving || !file_)
    return fail(errc::unexpected_message, "content without FOLDER_FILE");
  if (auto taken = file_->receiver.on_chunk(begin); !taken) return taken;
  return file_->opened ? result<void>() : open_file(begin.position);
}

result<void> receiving_folder::open_file(std::uint64_t start) {
  if (std::exchange(file_->whole, nullptr) != nullptr) sink_->what_is_kept().whole.erase(file_->entry);
  if (auto open = sink_->begin(file_->entry, start); !open) return open;
  file_->opened = true;
  written_ = start;
  return {};
}

result<void> receiving_folder::on_zeros(const wire::file_hole& hole) {
  if (auto taken = file_->receiver.on_hole(hole); !taken) return taken;
  if (!file_->opened)
    if (auto open = open_file(hole.offset); !open) return open;
  return on_hole(hole);
}

// Of the file that comes they wait for its end; those of directories and of the folder itself are set at
// once.
result<void> receiving_folder::on_xattrs(const wire::file_xattrs& message) {
  if (file_ && !message.entry) {
    if (auto taken = file_->receiver.on_message(message); !taken) return taken;
    return count_xattrs(message.xattrs);
  }
  const auto& entries = sink_->entries();
  const auto place = message.entry ? *message.entry + 1 : 0;
  const bool directory =
      !message.entry || (*message.entry < entries.size() && entries[*message.entry].kind == "directory");
  if (file_ || !directory || place < next_dressed_ || !sink_->keeps_xattrs())
    return fail(errc::unexpected_message, "FILE_XATTRS has no place here");
  next_dressed_ = place + 1;
  if (auto good = check_xattrs(message.xattrs); !good) return good;
  if (auto allowed = count_xattrs(message.xattrs); !allowed) return allowed;
  return sink_->set_xattrs(message.entry, message.xattrs);
}

result<void> receiving_folder::take(bytes_view content) {
  file_->receiver.took(content);
  if (auto written = sink_->write(written_, content); !written) return written;
  moved_by(content.size());
  return {};
}

result<void> receiving_folder::skip(std::uint64_t size) {
  file_->receiver.took_zeros(size);
  if (auto done = sink_->skip(written_, size); !done) return done;
  moved_by(size);
  return {};
}

void receiving_folder::moved_by(std::uint64_t count) {
  written_ += count;
  done_ = std::min(done_ + count, info_.size);
}

result<void> receiving_folder::on_file_done(const wire::file_done& done) {
  if (file_->whole != nullptr && !file_->opened) {
    if (done.hash != *file_->whole || done.size != sink_->entries()[file_->entry].size)
      return fail(errc::hash_mismatch, "the file that is there is not the one that FILE_DONE names");
    if (auto set = sink_->set_xattrs(file_->entry, file_->receiver.xattrs()); !set) return set;
    ++tree_.kept;
    file_ended(done.hash);
    return {};
  }
  if (auto written = write_gathered(); !written) return written;
  auto judged = file_->receiver.on_message(done);
  // Nothing came: an empty file, or one whose beginning was all of it.
  if (judged && !file_->opened) judged = open_file(sink_->entries()[file_->entry].size);
  if (judged) judged = sink_->set_xattrs(file_->entry, file_->receiver.xattrs());
  if (judged) judged = sink_->end();
  if (!judged) {
    if (spoils_content(judged.error().code)) sink_->drop(file_->entry);
    return judged;
  }
  file_ended(done.hash);
  return {};
}

void receiving_folder::file_ended(const std::string& hash) {
  const auto line = fmt::format("{}  ./{}\n", hash, sink_->entries()[file_->entry].path);
  tree_hash_.update(as_bytes(line));
  ++files_came_;
  whole_bytes_ += sink_->entries()[file_->entry].size;
  ++tree_.files_done;
  next_file();
}

void receiving_folder::next_file() {
  file_.reset();
  current_.reset();
  ++next_file_;
  skip_to_next_file();
}

void receiving_folder::skip_to_next_file() {
  const auto& entries = sink_->entries();
  while (next_file_ < entries.size() && entries[next_file_].kind != "file") ++next_file_;
}

// -- the end

result<void> receiving_folder::on_folder_done(const wire::folder_done& done) {
  if (file_ || next_file_ != sink_->entries().size())
    return fail(errc::unexpected_message, "FOLDER_DONE before the last file");
  if (done.files != files_came_ || done.hash != tree_hash_.hex())
    return fail(errc::hash_mismatch, "the folder does not have the hash that FOLDER_DONE names");
  phase_ = phase::finishing;
  lend_to_worker(
      disk_work::syncing, sink_,
      [&held = *sink_]() -> result<bool> {
        if (auto done = held.finish(); !done) return pass(done);
        return true;
      },
      [this](const result<bool>& outcome) { finished(outcome); });
  return {};
}

void receiving_folder::finished(const result<bool>& outcome) {
  if (!outcome) return refuse(outcome.error());
  phase_ = phase::naming;
  lend_to_worker(
      disk_work::reading, sink_,
      [this_sink = sink_, name = name_]() -> result<bool> {
        *name = this_sink->commit();
        if (!*name) return std::unexpected(name->error());
        return true;
      },
      [this](const result<bool>& outcome) { named(outcome); });
}

void receiving_folder::named(const result<bool>& outcome) {
  const auto& name = *name_;
  phase_ = phase::finishing;
  if (!outcome) return refuse(outcome.error());
  phase_ = phase::named;
  path_ = sink_->path();
  const auto hash = tree_hash_.hex();
  const auto said = named_result(*sink_, *name, hash, tree_);
  conclude(said, *name, path_, hash, {{tree_, whole_bytes_}});
}

wire::p2p_message receiving_folder::failure(std::string code, std::string message) const {
  return wire::folder_result{.ok = false, .hash = {}, .code = std::move(code), .message = std::move(message)};
}

void receiving_folder::drop(bool keep) {
  if (!lent() && file_ && file_->opened) {
    if (keep)
      (void)write_gathered();
    else
      sink_->drop(file_->entry);
  }
  // A worker that still has the sink keeps it alive.
  survey_.reset();
  sink_.reset();
  manifest_ = {};
  claim_.release();
}

}  // namespace mesh::share
