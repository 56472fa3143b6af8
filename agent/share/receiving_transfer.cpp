#include "agent/share/receiving_transfer.hpp"

#include "core/base/aligned_memory.hpp"
#include "core/base/limits.hpp"
#include "core/base/log.hpp"

#include <algorithm>
#include <utility>

namespace mesh::share {
namespace {

using phase = file_receiver::phase;

// Of what is there already, read in one go: some tens of milliseconds.
constexpr std::uint64_t prefix_step_bytes = 64ULL * 1024 * 1024;

}  // namespace

struct receiving_transfer::target {
  explicit target(std::unique_ptr<file_sink> s) : sink(std::move(s)) {}
  ~target() {
    if (abandon_keeping) sink->abandon(*abandon_keeping);
  }
  target(const target&) = delete;
  target& operator=(const target&) = delete;

  std::unique_ptr<file_sink> sink;
  std::string name;                    // that it got
  std::optional<known_prefix> prefix;  // while it is read
  // The transfer failed, maybe while a worker had the sink: what the last one who has it does.
  std::optional<bool> abandon_keeping;
};

result<void> receiving_transfer::on_fin() {
  fin_ = true;
  return receiver_.on_fin();
}

void receiving_transfer::after_data() {
  if (receiver_.now() != phase::verified) return;
  if (name_after_) return give_name();
  if (!lent()) flush();
}

result<void> receiving_transfer::on_message(std::string_view text) {
  const auto message = wire::parse_p2p_message(text);
  if (!message) return std::unexpected(message.error());
  // FILE_DONE is judged by the hash of everything before it.
  if (auto written = write_gathered(); !written) return written;
  if (const auto* const hole = std::get_if<wire::file_hole>(&*message)) {
    if (auto taken = receiver_.on_hole(*hole); !taken) return taken;
    if (!content_began_)
      if (auto begun = on_first_content(); !begun) return begun;
    return on_hole(*hole);
  }
  if (const auto* const said = std::get_if<wire::file_progress>(&*message);
      said != nullptr && said->offset == 0 && is_taking())
    return sender_waits();
  if (auto taken = receiver_.on_message(*message); !taken) return taken;
  restart_watches();
  if (std::holds_alternative<wire::file_xattrs>(*message)) return count_xattrs(receiver_.xattrs());
  if (receiver_.now() == phase::verified && !content_began_) return on_first_content();
  if (receiver_.now() == phase::deciding) return on_offer();
  return {};
}

result<void> receiving_transfer::on_chunk(const wire::bulk_begin& begin) {
  if (auto taken = receiver_.on_chunk(begin); !taken) return taken;
  return content_began_ ? result<void>() : on_first_content();
}

result<void> receiving_transfer::on_offer() {
  const auto& offer = receiver_.offered();
  info_.transfer_id = offer.transfer_id;
  info_.name = offer.name;
  info_.size = offer.size;
  info_.text = offer.text;
  if (auto weighed = weigh_offer(); !weighed) return weighed;
  return judge_offer("file");
}

result<void> receiving_transfer::let_in() {
  auto sink = request().make_sink(info_);
  if (!sink) return pass(sink);
  const sink_file file{info_.name,
                       info_.size,
                       from_unix_milliseconds(receiver_.offered().mtime),
                       info_.peer.user.str(),
                       info_.peer.device.str(),
                       info_.transfer_id};
  auto start = (*sink)->open(file);
  if (!start) return pass(start);
  target_ = std::make_shared<target>(std::move(*sink));
  if (only_confirms() && !target_->sink->has_arrived())
    return fail(errc::busy, "what arrived by this transfer is gone");
  path_ = target_->sink->path();
  found_ = start->length;
  if (found_ == 0) {
    begin(receiver_.accept({}, 0, extras()));
    return {};
  }
  target_->prefix.emplace(found_, std::move(start->journal));
  hash_prefix();
  return {};
}

file_extras receiving_transfer::extras() const {
  return {target_->sink->leaves_holes(), target_->sink->keeps_xattrs()};
}

bool receiving_transfer::is_let_in() const {
  return receiver_.now() == phase::receiving || receiver_.now() == phase::verified;
}

// What an earlier attempt left is read once more, a bounded piece at a time.
void receiving_transfer::hash_prefix() {
  lend_to_worker(
      disk_work::reading, target_,
      [&held = *target_]() -> result<bool> {
        const auto buffer = make_aligned_memory(limits::chunk_bytes);
        for (std::uint64_t done = 0; done < prefix_step_bytes;) {
          const auto piece = held.prefix->next();
          if (!piece) return false;
          const auto content = std::span(buffer.get(), piece->size);
          if (auto read = held.sink->read(piece->offset, content); !read) return pass(read);
          held.prefix->took(content);
          done += piece->size;
        }
        return held.prefix->next().has_value();
      },
      [this](const result<bool>& more) { prefix_hashed(more); });
}

void receiving_transfer::prefix_hashed(const result<bool>& more) {
  if (!more) return refuse(more.error());
  restart_watches();
  if (*more) {
    written_ = target_->prefix->next()->offset;
    give_sign_of_life();
    return hash_prefix();
  }
  written_ = target_->prefix->length();
  auto said = receiver_.accept(target_->prefix->take_marks(), target_->prefix->block_bytes(), extras());
  target_->prefix.reset();
  begin(std::move(said));
}

void receiving_transfer::begin(wire::file_accept said) {
  begin_meter(said.offset);
  restart_watches();
  const auto resumed = said.offset;
  said.waits = true;
  write(said);
  log::info("share", "Receiving file size={} resumed_at={} from={} session_id={} name=\"{}\"", info_.size,
            resumed, info_.peer.device.str(), info_.session.str(), info_.name);
  tell_started();
}

// The sender compared: its bytes begin here.
result<void> receiving_transfer::on_first_content() {
  const auto start = *receiver_.start();
  if (start < found_) {
    if (auto cut = target_->sink->restart(start); !cut) return cut;
    path_ = target_->sink->path();
  }
  if (start < written_) begin_meter(start);
  written_ = start;
  content_began_ = true;
  begin_content();
  return {};
}

result<void> receiving_transfer::take(bytes_view content) {
  receiver_.took(content);
  if (auto written = target_->sink->write(written_, content); !written) return written;
  moved_to(written_ + content.size());
  return {};
}

result<void> receiving_transfer::skip(std::uint64_t size) {
  while (size > 0) {
    const auto piece = std::min(size, limits::resume_block_bytes - written_ % limits::resume_block_bytes);
    receiver_.took_zeros(piece);
    if (auto done = target_->sink->skip(written_, piece); !done) return done;
    moved_to(written_ + piece);
    size -= piece;
  }
  return {};
}

void receiving_transfer::moved_to(std::uint64_t offset) {
  written_ = offset;
  if (written_ % limits::resume_block_bytes == 0) target_->sink->mark(written_, receiver_.hash_so_far());
}

std::move_only_function<void()> receiving_transfer::checkpoint() {
  return target_->sink->checkpoint();
}

result<std::size_t> receiving_transfer::backlog() {
  return target_ ? target_->sink->backlog() : 0;
}

// -- the end

void receiving_transfer::flush() {
  lend_to_worker(
      disk_work::syncing, target_,
      [&held = *target_, xattrs = only_confirms() ? std::vector<wire::extended_attribute>()
                                                  : receiver_.xattrs()]() -> result<bool> {
        if (auto kept = held.sink->set_xattrs(xattrs); !kept) return pass(kept);
        if (auto done = held.sink->flush(); !done) return pass(done);
        return true;
      },
      [this](const result<bool>& outcome) { flushed(outcome); });
}

void receiving_transfer::flushed(const result<bool>& outcome) {
  if (!outcome) return refuse(outcome.error());
  name_after_ = now() + limits::transfer_end_grace;
  give_name();
}

// Not before the sender ended its side: what it sends behind FILE_DONE is an attack, and the file then gets
// no name. A sender that leaves its side open is given a moment.
void receiving_transfer::give_name() {
  if (!fin_ && !stream_is_gone() && now() < *name_after_) return;
  name_after_.reset();
  naming_ = true;
  lend_to_worker(
      disk_work::syncing, target_,
      [&held = *target_]() -> result<bool> {
        auto name = held.sink->commit();
        if (!name) return pass(name);
        held.name = std::move(*name);
        return true;
      },
      [this](const result<bool>& done) { named(done); });
}

void receiving_transfer::named(const result<bool>& done) {
  naming_ = false;
  if (!done) return refuse(done.error());
  target_->sink->on_committed();
  path_ = target_->sink->path();
  const auto name = std::move(target_->name);
  target_.reset();
  conclude(wire::file_result{true, receiver_.hash(), std::nullopt, std::nullopt, name}, name, path_,
           receiver_.hash());
}

bool receiving_transfer::on_idle() {
  if (!name_after_) return false;
  give_name();
  return true;
}

bool receiving_transfer::finishes_alone() {
  if (name_after_) give_name();
  return over() || (lent() && receiver_.now() == phase::verified);
}

wire::p2p_message receiving_transfer::failure(std::string code, std::string message) const {
  return wire::file_result{false, std::nullopt, std::move(code), std::move(message), std::nullopt};
}

void receiving_transfer::drop(bool keep) {
  if (keep) (void)write_gathered();
  drop_file(keep);
}

void receiving_transfer::drop_file(bool keep) {
  if (!target_) return;
  target_->abandon_keeping = keep;
  target_->sink->stop_waiting();
  target_.reset();
}

}  // namespace mesh::share
