#include "agent/share/receiving_folder.hpp"

#include "agent/p2p/close_code.hpp"
#include "agent/share/file_sender.hpp"
#include "core/base/limits.hpp"
#include "core/base/log.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace mesh::share {
namespace {

constexpr auto sign_of_life = std::chrono::seconds(10);
// Of kept files in one FOLDER_ACCEPT; each block is a hash in quotation marks.
constexpr std::size_t kept_bytes = 100;
constexpr std::size_t block_bytes = 67;

}  // namespace

struct receiving_folder::target {
  std::unique_ptr<folder_sink> sink;
  std::optional<result<bool>> worked;
};

receiving_folder::receiving_folder(std::unique_ptr<p2p::byte_stream> stream, transfer_info info,
                                   const transfer_owner& owner, receive_request request,
                                   std::shared_ptr<session_quota> quota)
    : running_transfer(std::move(stream), std::move(info), owner),
      request_(std::move(request)),
      quota_(std::move(quota)),
      watch_(now()),
      last_sign_(now()),
      checkpoint_time_(now()) {}

receiving_folder::~receiving_folder() {
  quota_->give_back(std::exchange(reserved_, 0), arrived_);
}

void receiving_folder::start(bytes_view initial) {
  stream_->set_handler(this);
  if (!initial.empty()) on_data(initial, false);
}

void receiving_folder::on_data(bytes_view data, bool fin) {
  uncredited_ += data.size();
  if (!over()) {
    auto read = read_parts(data);
    if (read && fin && phase_ != phase::finishing && phase_ != phase::named)
      read = fail(errc::connection_lost, "the sender stopped before the end of the folder");
    if (!read) refuse(read.error());
  }
  credit();
}

result<void> receiving_folder::read_parts(bytes_view data) {
  splitter_.feed(data);
  while (true) {
    const auto part = splitter_.next();
    if (!part) return std::unexpected(part.error());
    if (!*part) return {};
    result<void> done;
    if (const auto* const json = std::get_if<wire::frame_json>(&**part)) done = on_message(json->text);
    if (const auto* const begin = std::get_if<wire::bulk_begin>(&**part)) done = on_chunk(*begin);
    if (const auto* const content = std::get_if<wire::bulk_data>(&**part)) done = gather(content->data);
    if (!done) return done;
    if (over()) return {};  // canceled from inside of an observer's call
  }
}

result<void> receiving_folder::on_message(std::string_view text) {
  auto message = wire::parse_p2p_message(text);
  if (!message) return pass(message);
  watch_.restart(now());
  if (phase_ == phase::listing) return on_listing(std::move(*message));
  if (phase_ == phase::receiving) return on_content_message(*message);
  return fail(errc::unexpected_message, fmt::format("{} has no place here", wire::type_of(*message)));
}

// -- the offer

result<void> receiving_folder::on_listing(wire::p2p_message message) {
  if (const auto* const meta = std::get_if<wire::folder_meta>(&message)) return manifest_.on_meta(*meta);
  auto* const page = std::get_if<wire::folder_manifest>(&message);
  if (page == nullptr)
    return fail(errc::unexpected_message, fmt::format("{} has no place here", wire::type_of(message)));
  if (auto taken = manifest_.on_page(std::move(*page)); !taken) return taken;
  return manifest_.complete() ? on_offer() : result<void>();
}

result<void> receiving_folder::on_offer() {
  const auto& offer = manifest_.offered();
  phase_ = phase::deciding;
  info_.transfer_id = offer.transfer_id;
  info_.name = offer.name;
  info_.size = offer.size;
  info_.files = tree_.files = offer.files;
  supersede_earlier();
  if (auto allowed = quota_->reserve(offer.size); !allowed) return allowed;
  reserved_ = offer.size;
  const auto judged = judge(request_.mode, request_.standing);
  if (!judged) return std::unexpected(judged.error());
  if (*judged == verdict::accept) return let_in();
  answer_until_ = now() + limits::offer_answer_timeout;
  log::info("share", "A folder waits for an answer: files={} size={} from={} session_id={} name=\"{}\"",
            offer.files, info_.size, info_.peer.device.str(), info_.session.str(), info_.name);
  ask(wall_now() + limits::offer_answer_timeout);
  return {};
}

result<void> receiving_folder::answer(bool accept) {
  if (over() || !answer_until_) return running_transfer::answer(accept);
  answer_until_.reset();
  if (!accept)
    refuse({errc::denied, "the receiver declined", {}});
  else if (auto open = let_in(); !open)
    refuse(open.error());
  return {};
}

result<void> receiving_folder::let_in() {
  const auto directory = request_.directory_for(info_);
  if (!directory) return std::unexpected(directory.error());
  const auto& offer = manifest_.offered();
  auto sink = folder_sink::open(*directory, offer,
                                {info_.peer.user.str(), info_.peer.device.str(), offer.name, offer.origin},
                                manifest_.take_entries());
  if (!sink) return pass(sink);
  target_ = std::make_shared<target>();
  target_->sink = std::move(*sink);
  path_ = target_->sink->path();
  phase_ = phase::preparing;
  skip_to_next_file();
  prepare();
  return {};
}

void receiving_folder::prepare() {
  lend_to_worker([&held = *target_] { return held.sink->prepare(); }, &receiving_folder::prepared);
}

void receiving_folder::prepared(const result<bool>& more) {
  if (over()) return;
  if (!more) return refuse(more.error());
  if (*more) return prepare();
  done_ = target_->sink->what_is_kept().bytes;
  begin_meter(done_);
  watch_ = stall_watch(now());
  phase_ = phase::receiving;
  tell_kept();
  log::info("share", "Receiving folder files={} size={} kept_bytes={} from={} session_id={} name=\"{}\"",
            tree_.files, info_.size, done_, info_.peer.device.str(), info_.session.str(), info_.name);
  tell_started();
}

void receiving_folder::tell_kept() {
  auto& kept = target_->sink->what_is_kept();
  wire::folder_accept said{false, {}};
  std::size_t bytes = 0;
  const auto add = [&](wire::kept_file file) {
    const auto needs = kept_bytes + file.blocks.size() * block_bytes;
    if (bytes > 0 && bytes + needs > limits::manifest_page_bytes) {
      write(said);
      said.kept.clear();
      bytes = 0;
    }
    bytes += needs;
    said.kept.push_back(std::move(file));
  };
  for (const auto& [entry, hash] : kept.whole) {
    const auto size = target_->sink->entries()[entry].size;
    add({entry, size, std::max(size, limits::resume_block_bytes), {hash}});
  }
  for (const auto& [entry, beginning] : kept.begun) {
    wire::kept_file file{entry, beginning.marks.back().end, beginning.block_bytes, {}};
    for (const auto& mark : beginning.marks) file.blocks.push_back(mark.hash);
    add(std::move(file));
  }
  said.last = true;
  write(said);
}

// -- content

result<void> receiving_folder::on_content_message(const wire::p2p_message& message) {
  if (const auto* const file = std::get_if<wire::folder_file>(&message)) return on_file(file->entry);
  if (const auto* const skip = std::get_if<wire::folder_skip>(&message)) return on_skip(*skip);
  if (const auto* const done = std::get_if<wire::folder_done>(&message)) return on_folder_done(*done);
  if (file_) {
    if (std::holds_alternative<wire::file_done>(message)) return on_file_done(message);
    if (const auto* const progress = std::get_if<wire::file_progress>(&message))
      return on_compared(*progress);
  }
  return fail(errc::unexpected_message, fmt::format("{} has no place here", wire::type_of(message)));
}

result<void> receiving_folder::on_file(std::uint64_t entry) {
  const auto& entries = target_->sink->entries();
  if (entry >= entries.size() || entries[entry].kind != "file")
    return fail(errc::bad_message, "a file that the manifest does not name");
  if (file_ || entry != next_file_)
    return fail(errc::unexpected_message, "FOLDER_FILE out of the manifest's order");
  auto& kept = target_->sink->what_is_kept();
  file_.emplace();
  file_->entry = entry;
  const auto& facts = entries[entry];
  // What file_receiver judges is the content; the name was judged with the manifest.
  const wire::file_meta meta{info_.transfer_id, "file", facts.size, std::nullopt, facts.mtime, facts.mode};
  if (auto taken = file_->receiver.on_message(meta); !taken) return taken;
  if (const auto whole = kept.whole.find(entry); whole != kept.whole.end()) file_->whole = &whole->second;
  if (auto begun = kept.begun.extract(entry))
    (void)file_->receiver.accept(std::move(begun.mapped().marks), begun.mapped().block_bytes);
  else
    (void)file_->receiver.accept();
  written_ = 0;
  return {};
}

result<void> receiving_folder::on_skip(const wire::folder_skip& skip) {
  if (file_ ? skip.entry != file_->entry : skip.entry != next_file_)
    return fail(errc::unexpected_message, "FOLDER_SKIP out of the manifest's order");
  target_->sink->drop(skip.entry);
  target_->sink->what_is_kept().whole.erase(skip.entry);
  gathered_.clear();
  file_.reset();
  const auto& entry = target_->sink->entries()[skip.entry];
  ++tree_.omitted;
  tree_.incomplete = true;
  if (tree_.notes.size() < tree_notes_max)
    tree_.notes.push_back({peer_error(skip.code, skip.message).code, entry.path, peer_text(skip.message)});
  ++next_file_;
  skip_to_next_file();
  return {};
}

// A sign of life while the sender reads what we have; it must get on.
result<void> receiving_folder::on_compared(const wire::file_progress& progress) {
  const auto size = target_->sink->entries()[file_->entry].size;
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
  auto& sink = *target_->sink;
  if (std::exchange(file_->whole, nullptr) != nullptr) sink.what_is_kept().whole.erase(file_->entry);
  if (auto open = sink.begin(file_->entry, start); !open) return open;
  file_->opened = true;
  written_ = start;
  return {};
}

result<void> receiving_folder::gather(bytes_view content) {
  if (gathered_.capacity() == 0) gathered_.reserve(limits::chunk_bytes);
  while (!content.empty()) {
    const auto taken = content.first(std::min(content.size(), limits::chunk_bytes - gathered_.size()));
    gathered_.insert(gathered_.end(), taken.begin(), taken.end());
    content = content.subspan(taken.size());
    if (gathered_.size() < limits::chunk_bytes) continue;
    if (auto written = write_gathered(); !written) return written;
  }
  return {};
}

result<void> receiving_folder::write_gathered() {
  if (gathered_.empty()) return {};
  file_->receiver.took(gathered_);
  if (auto written = target_->sink->write(written_, gathered_); !written) return written;
  written_ += gathered_.size();
  arrived_ += gathered_.size();
  done_ = std::min(done_ + gathered_.size(), info_.size);
  gathered_.clear();
  checkpoint_when_due();
  watch_.moved(arrived_, now());
  report(done_);
  return {};
}

result<void> receiving_folder::on_file_done(const wire::p2p_message& message) {
  const auto& done = std::get<wire::file_done>(message);
  auto& sink = *target_->sink;
  if (file_->whole != nullptr && !file_->opened) {
    if (done.hash != *file_->whole || done.size != sink.entries()[file_->entry].size)
      return fail(errc::hash_mismatch, "the file that is there is not the one that FILE_DONE names");
    ++tree_.kept;
    file_ended(done.hash);
    return {};
  }
  if (auto written = write_gathered(); !written) return written;
  auto judged = file_->receiver.on_message(message);
  // Nothing came: an empty file, or one whose beginning was all of it.
  if (judged && !file_->opened) judged = open_file(sink.entries()[file_->entry].size);
  if (judged) judged = sink.end();
  if (!judged) {
    if (spoils_content(judged.error().code)) sink.drop(file_->entry);
    return judged;
  }
  file_ended(done.hash);
  return {};
}

void receiving_folder::file_ended(const std::string& hash) {
  const auto line = fmt::format("{}  ./{}\n", hash, target_->sink->entries()[file_->entry].path);
  tree_hash_.update(as_bytes(line));
  ++files_came_;
  ++tree_.files_done;
  file_.reset();
  ++next_file_;
  skip_to_next_file();
}

void receiving_folder::skip_to_next_file() {
  const auto& entries = target_->sink->entries();
  while (next_file_ < entries.size() && entries[next_file_].kind != "file") ++next_file_;
}

result<void> receiving_folder::on_folder_done(const wire::folder_done& done) {
  if (file_ || next_file_ != target_->sink->entries().size())
    return fail(errc::unexpected_message, "FOLDER_DONE before the last file");
  if (done.files != files_came_ || done.hash != tree_hash_.hex())
    return fail(errc::hash_mismatch, "the folder does not have the hash that FOLDER_DONE names");
  phase_ = phase::finishing;
  finish();
  return {};
}

// -- the end

// So that a power loss takes little.
void receiving_folder::checkpoint_when_due() {
  const bool due = arrived_ - checkpointed_ >= limits::checkpoint_bytes ||
                   now() - checkpoint_time_ >= limits::checkpoint_interval;
  if (!due || checkpointing_) return;
  checkpointed_ = arrived_;
  checkpoint_time_ = now();
  checkpointing_ = true;
  offload(target_->sink->checkpoint(), [this](bool alive) {
    if (alive) checkpointing_ = false;
  });
}

void receiving_folder::lend_to_worker(std::move_only_function<result<bool>()> job,
                                      void (receiving_folder::*then)(const result<bool>&)) {
  lent_ = true;
  watch_.restart(now());
  offload([held = target_, job = std::move(job)]() mutable { held->worked = job(); },
          [this, held = target_, then](bool alive) {
            if (!alive) return;
            lent_ = false;
            (this->*then)(*held->worked);
          });
}

void receiving_folder::finish() {
  lend_to_worker(
      [&held = *target_]() -> result<bool> {
        if (auto done = held.sink->finish(); !done) return pass(done);
        return true;
      },
      &receiving_folder::finished);
}

void receiving_folder::finished(const result<bool>& outcome) {
  if (over()) return;
  if (!outcome) return refuse(outcome.error());
  auto& sink = *target_->sink;
  const auto name = sink.commit();
  if (!name) return refuse(name.error());
  phase_ = phase::named;
  path_ = sink.path();
  reserved_ = 0;
  const auto hash = tree_hash_.hex();
  const auto& renamed = sink.renamed();
  tree_.renamed = renamed.size();
  wire::folder_result said{.ok = true, .hash = hash, .code = {}, .message = {}, .name = *name};
  if (!renamed.empty()) {
    said.renamed_count = renamed.size();
    std::size_t bytes = 0;
    said.renamed.emplace();
    for (const auto& entry : renamed) {
      bytes += kept_bytes + 6 * entry.path.size();
      if (bytes > limits::manifest_page_bytes) break;
      said.renamed->push_back(entry);
      if (tree_.notes.size() < tree_notes_max)
        tree_.notes.push_back({errc::file_exists, sink.entries()[entry.entry].path, entry.path});
    }
  }
  if (!stream_is_gone()) write_last(said, p2p::close_code::none);
  succeed(*name, path_, hash, tree_);
  if (stream_is_gone()) leave(p2p::close_code::none);
}

void receiving_folder::credit() {
  if (stream_is_gone() || uncredited_ == 0 || paused_) return gate().leave();
  const auto granted = over() ? uncredited_ : gate().ask(uncredited_, now());
  if (granted > 0) {
    uncredited_ -= granted;
    gate().spend(granted, now());
    stream_->consume(granted);
  }
  if (uncredited_ == 0) return;
  watch_.restart(now());  // it is we who hold the sender up
  if (phase_ == phase::receiving) give_sign_of_life();
}

void receiving_folder::give_sign_of_life() {
  if (now() - last_sign_ < sign_of_life || stream_is_gone()) return;
  last_sign_ = now();
  write(wire::file_progress{done_});
}

void receiving_folder::tick() {
  if (lingering()) return;
  credit();
  if (answer_until_) {
    if (now() >= *answer_until_) {
      answer_until_.reset();
      refuse({errc::timed_out, "nobody answered in time", {}});
    }
  } else if (lent_) {
    give_sign_of_life();
  } else if (watch_.stalled(now())) {
    refuse({errc::stalled, "the sender sends (nearly) nothing", {}});
  }
}

void receiving_folder::pause(bool on) {
  paused_ = on;
  watch_.restart(now());
  if (!on) credit();
}

void receiving_folder::on_closed(const error& reason) {
  stream_gone();
  const bool ended_by_decision = reason.code == errc::session_revoked || reason.code == errc::canceled;
  // Everything is here and verified: it gets its name.
  if (phase_ == phase::finishing && !over() && !ended_by_decision) return;
  if (over()) return leave(p2p::close_code::none);
  refuse(reason);
}

void receiving_folder::refuse(const error& reason) {
  if (over()) return;
  const bool let_in_before = phase_ == phase::receiving || phase_ == phase::finishing;
  if (!lent_ && file_ && file_->opened) {
    if (spoils_content(reason.code))
      target_->sink->drop(file_->entry);
    else
      (void)write_gathered();
  }
  // A worker that still has the sink keeps it alive.
  target_.reset();
  quota_->give_back(std::exchange(reserved_, 0), arrived_);
  const auto code = p2p::close_code::of(reason.code);
  const std::string told_code(word(reason.code));
  const auto told = told_to_sender(reason);
  if (!stream_is_gone()) {
    if (let_in_before)
      write_last(wire::folder_result{.ok = false, .hash = {}, .code = told_code, .message = told}, code);
    else
      write_last(wire::file_reject{told_code, told}, code);
  }
  fail_with(reason);
  if (stream_is_gone()) leave(code);
}

}  // namespace mesh::share
