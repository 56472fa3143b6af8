#include "agent/share/receiving_transfer.hpp"

#include "agent/p2p/close_code.hpp"
#include "core/base/limits.hpp"
#include "core/base/log.hpp"

#include <algorithm>
#include <utility>

namespace mesh::share {
namespace {

using phase = file_receiver::phase;

// How often the sender is told that the disk is still busy, well below its stall timeout.
constexpr auto sign_of_life = std::chrono::seconds(10);

// Of what is there already, read in one go: some tens of milliseconds.
constexpr std::uint64_t prefix_step_bytes = 64ULL * 1024 * 1024;

}  // namespace

struct receiving_transfer::target {
  std::unique_ptr<file_sink> sink;
  std::optional<known_prefix> prefix;  // while it is read
  std::optional<result<void>> worked;  // what the worker came back with
  // The transfer failed while a worker had the sink: what to do with it afterwards.
  std::optional<bool> abandon_keeping;
};

receiving_transfer::receiving_transfer(std::unique_ptr<p2p::byte_stream> stream, transfer_info info,
                                       const transfer_owner& owner, receive_request request,
                                       std::shared_ptr<session_quota> quota)
    : running_transfer(std::move(stream), std::move(info), owner),
      request_(std::move(request)),
      quota_(std::move(quota)),
      watch_(now()),
      last_sign_(now()),
      checkpoint_time_(now()) {}

receiving_transfer::~receiving_transfer() {
  drop_file(true);
}

void receiving_transfer::start(bytes_view initial) {
  stream_->set_handler(this);
  if (!initial.empty()) on_data(initial, false);
}

std::string receiving_transfer::path() const {
  return target_ && target_->sink ? target_->sink->path() : std::string();
}

void receiving_transfer::on_data(bytes_view data, bool fin) {
  uncredited_ += data.size();
  fin_ |= fin;
  if (!over()) {
    auto read = read_parts(data);
    if (read && fin) read = receiver_.on_fin();
    if (!read) refuse(read.error());
  }
  credit();
  if (over() || receiver_.now() != phase::verified) return;
  if (name_after_) return give_name();
  if (!lent_) flush();
}

result<void> receiving_transfer::read_parts(bytes_view data) {
  splitter_.feed(data);
  while (true) {
    const auto part = splitter_.next();
    if (!part) return std::unexpected(part.error());
    if (!*part) return {};
    if (auto done = on_part(**part); !done) return done;
    if (over()) return {};  // canceled from inside of an observer's call
  }
}

result<void> receiving_transfer::on_part(const wire::frame_part& part) {
  if (const auto* const json = std::get_if<wire::frame_json>(&part)) return on_message(json->text);
  if (const auto* const begin = std::get_if<wire::bulk_begin>(&part)) {
    if (auto taken = receiver_.on_chunk(*begin); !taken) return taken;
    return written_from_ ? result<void>() : on_first_content();
  }
  if (const auto* const content = std::get_if<wire::bulk_data>(&part)) return gather(content->data);
  return {};
}

result<void> receiving_transfer::on_message(std::string_view text) {
  const auto message = wire::parse_p2p_message(text);
  if (!message) return std::unexpected(message.error());
  // FILE_DONE is judged by the hash of everything before it.
  if (auto written = write_gathered(); !written) return written;
  if (auto taken = receiver_.on_message(*message); !taken) return taken;
  watch_.restart(now());
  if (receiver_.now() == phase::verified && !written_from_) return on_first_content();
  if (receiver_.now() == phase::deciding) return on_offer();
  return {};
}

result<void> receiving_transfer::on_offer() {
  const auto& offer = receiver_.offered();
  info_.transfer_id = offer.transfer_id;
  info_.name = offer.name;
  info_.size = offer.size;
  supersede_earlier();
  if (auto allowed = quota_->reserve(offer.size); !allowed) return allowed;
  reserved_ = offer.size;
  const auto judged = judge(request_.mode, request_.standing);
  if (!judged) return std::unexpected(judged.error());
  if (*judged == verdict::accept) return let_in();
  answer_until_ = now() + limits::offer_answer_timeout;
  log::info("share", "A file waits for an answer: size={} from={} session_id={} name=\"{}\"", info_.size,
            info_.peer.device.str(), info_.session.str(), info_.name);
  ask(wall_now() + limits::offer_answer_timeout);
  return {};
}

result<void> receiving_transfer::answer(bool accept) {
  if (over() || !answer_until_) return running_transfer::answer(accept);
  answer_until_.reset();
  if (!accept) {
    refuse({errc::denied, "the receiver declined", {}});
  } else if (auto open = let_in(); !open) {
    refuse(open.error());
  }
  return {};
}

result<void> receiving_transfer::let_in() {
  auto sink = request_.make_sink(info_);
  if (!sink) return pass(sink);
  const sink_file file{info_.name, info_.size, from_unix_milliseconds(receiver_.offered().mtime),
                       info_.peer.user.str(), info_.peer.device.str()};
  auto start = (*sink)->open(file);
  if (!start) return pass(start);
  target_ = std::make_shared<target>();
  target_->sink = std::move(*sink);
  found_ = start->length;
  if (found_ == 0) {
    begin(receiver_.accept());
    return {};
  }
  target_->prefix.emplace(found_, std::move(start->journal));
  hash_prefix();
  return {};
}

// What an earlier attempt left is read once more, a bounded piece at a time.
void receiving_transfer::hash_prefix() {
  lend_to_worker(
      [&held = *target_] {
        bytes buffer(limits::chunk_bytes);
        for (std::uint64_t done = 0; done < prefix_step_bytes;) {
          const auto piece = held.prefix->next();
          if (!piece) break;
          const auto content = std::span(buffer).first(piece->size);
          if (auto read = held.sink->read(piece->offset, content); !read) return read;
          held.prefix->took(content);
          done += piece->size;
        }
        return result<void>();
      },
      &receiving_transfer::prefix_hashed);
}

void receiving_transfer::prefix_hashed(const result<void>& outcome) {
  if (over()) return;
  if (!outcome) return refuse(outcome.error());
  watch_.restart(now());
  if (const auto more = target_->prefix->next()) {
    written_ = more->offset;
    give_sign_of_life();
    return hash_prefix();
  }
  written_ = target_->prefix->length();
  auto said = receiver_.accept(target_->prefix->take_marks(), target_->prefix->block_bytes());
  target_->prefix.reset();
  begin(std::move(said));
}

void receiving_transfer::begin(wire::file_accept said) {
  begin_meter(said.offset);
  watch_.restart(now());
  const auto resumed = said.offset;
  write(said);
  log::info("share", "Receiving file size={} resumed_at={} from={} session_id={} name=\"{}\"", info_.size,
            resumed, info_.peer.device.str(), info_.session.str(), info_.name);
  tell_started();
}

// The sender compared: its bytes begin here.
result<void> receiving_transfer::on_first_content() {
  const auto start = *receiver_.start();
  if (start < found_)
    if (auto cut = target_->sink->restart(start); !cut) return cut;
  if (start < written_) begin_meter(start);
  written_ = checkpointed_ = start;
  written_from_ = start;
  watch_ = stall_watch(now());
  checkpoint_time_ = now();
  return {};
}

result<void> receiving_transfer::gather(bytes_view content) {
  if (gathered_.capacity() == 0)
    gathered_.reserve(static_cast<std::size_t>(std::min<std::uint64_t>(info_.size, limits::chunk_bytes)));
  while (!content.empty()) {
    const auto taken = content.first(std::min(content.size(), limits::chunk_bytes - gathered_.size()));
    gathered_.insert(gathered_.end(), taken.begin(), taken.end());
    content = content.subspan(taken.size());
    if (gathered_.size() < limits::chunk_bytes) continue;
    if (auto written = write_gathered(); !written) return written;
  }
  return {};
}

result<void> receiving_transfer::write_gathered() {
  if (gathered_.empty()) return {};
  receiver_.took(gathered_);
  if (auto written = target_->sink->write(written_, gathered_); !written) return written;
  written_ += gathered_.size();
  gathered_.clear();
  if (written_ % limits::resume_block_bytes == 0) target_->sink->mark(written_, receiver_.hash_so_far());
  checkpoint_when_due();
  watch_.moved(written_ - *written_from_, now());
  report(written_);
  return {};
}

// So that a power loss takes little.
void receiving_transfer::checkpoint_when_due() {
  const bool due = written_ - checkpointed_ >= limits::checkpoint_bytes ||
                   now() - checkpoint_time_ >= limits::checkpoint_interval;
  if (!due || checkpointing_) return;
  checkpointed_ = written_;
  checkpoint_time_ = now();
  auto job = target_->sink->checkpoint();
  if (!job) return;
  checkpointing_ = true;
  offload(std::move(job), [this](bool alive) {
    if (alive) checkpointing_ = false;
  });
}

// The sender gets its window back as fast as our rates, its token and the reader of what we write allow.
void receiving_transfer::credit() {
  if (stream_is_gone() || uncredited_ == 0 || paused_) return gate().leave();
  if (target_ && !lent_) {
    const auto backlog = target_->sink->backlog();
    if (!backlog) return refuse(backlog.error());
    if (*backlog > 0) {
      gate().leave();
      watch_.restart(now());
      return give_sign_of_life();
    }
  }
  const auto granted = over() ? uncredited_ : gate().ask(uncredited_, now());
  if (granted > 0) {
    uncredited_ -= granted;
    gate().spend(granted, now());
    stream_->consume(granted);
  }
  if (uncredited_ == 0) return;
  watch_.restart(now());  // it is we who hold the sender up
  if (receiver_.now() == phase::receiving) give_sign_of_life();
}

// The sender waits although nothing moves: it is told that we are still there.
void receiving_transfer::give_sign_of_life() {
  if (now() - last_sign_ < sign_of_life) return;
  last_sign_ = now();
  write(wire::file_progress{written_});
}

// Nothing else touches the sink until the job came back; when the transfer ends meanwhile, drop_file() says
// what is to become of it.
void receiving_transfer::lend_to_worker(std::move_only_function<result<void>()> job,
                                        void (receiving_transfer::*then)(const result<void>&)) {
  lent_ = true;
  watch_.restart(now());
  offload([held = target_, job = std::move(job)]() mutable { held->worked = job(); },
          [this, held = target_, then](bool alive) {
            if (held->abandon_keeping) return held->sink->abandon(*held->abandon_keeping);
            if (!alive) return;
            lent_ = false;
            (this->*then)(*held->worked);
          });
}

void receiving_transfer::flush() {
  lend_to_worker([&held = *target_] { return held.sink->flush(); }, &receiving_transfer::flushed);
}

void receiving_transfer::flushed(const result<void>& outcome) {
  if (!outcome) return refuse(outcome.error());
  name_after_ = now() + limits::transfer_end_grace;
  give_name();
}

// Not before the sender ended its side: what it sends behind FILE_DONE is an attack, and the file then gets
// no name. A sender that leaves its side open is given a moment.
void receiving_transfer::give_name() {
  if (!fin_ && !stream_is_gone() && now() < *name_after_) return;
  name_after_.reset();
  auto name = target_->sink->commit();
  if (!name) return refuse(name.error());
  const auto final_path = path();
  target_.reset();
  reserved_ = 0;
  if (!stream_is_gone())
    write_last(wire::file_result{true, receiver_.hash(), std::nullopt, std::nullopt, *name},
               p2p::close_code::none);
  succeed(*name, final_path, receiver_.hash());
  if (stream_is_gone()) leave(p2p::close_code::none);
}

void receiving_transfer::tick() {
  if (lingering() || paused_) return;
  credit();
  if (answer_until_) {
    if (now() >= *answer_until_) {
      answer_until_.reset();
      refuse({errc::timed_out, "nobody answered in time", {}});
    }
  } else if (lent_) {
    if (!stream_is_gone()) give_sign_of_life();
  } else if (name_after_) {
    give_name();
  } else if (watch_.stalled(now())) {
    refuse({errc::stalled, "the sender sends (nearly) nothing", {}});
  }
}

void receiving_transfer::pause(bool on) {
  paused_ = on;
  watch_.restart(now());
  if (!on) credit();
}

void receiving_transfer::cancel(const error& reason) {
  refuse(reason);
}

void receiving_transfer::on_closed(const error& reason) {
  stream_gone();
  const bool ended_by_decision = reason.code == errc::session_revoked || reason.code == errc::canceled;
  // Everything is here and verified: it gets its name.
  if (lent_ && receiver_.now() == phase::verified && !ended_by_decision) return;
  if (name_after_ && !ended_by_decision) return give_name();
  if (over()) return leave(p2p::close_code::none);
  refuse(reason);
}

void receiving_transfer::refuse(const error& reason) {
  if (over()) return;
  const bool let_in_before = receiver_.now() == phase::receiving || receiver_.now() == phase::verified;
  if (!spoils_content(reason.code)) (void)write_gathered();
  drop_file(!spoils_content(reason.code));
  const auto code = p2p::close_code::of(reason.code);
  const std::string told_code(word(reason.code));
  const auto told = told_to_sender(reason);
  if (!stream_is_gone()) {
    if (let_in_before)
      write_last(wire::file_result{false, std::nullopt, told_code, told, std::nullopt}, code);
    else
      write_last(wire::file_reject{told_code, told}, code);
  }
  fail_with(reason);
  if (stream_is_gone()) leave(code);
}

void receiving_transfer::drop_file(bool keep) {
  quota_->give_back(std::exchange(reserved_, 0), receiver_.announced());
  if (!target_) return;
  if (lent_)
    target_->abandon_keeping = keep;
  else
    target_->sink->abandon(keep);
  target_.reset();
}

}  // namespace mesh::share
