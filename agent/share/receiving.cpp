#include "agent/share/receiving.hpp"

#include "agent/p2p/close_code.hpp"
#include "agent/share/file_receiver.hpp"
#include "agent/share/xattrs.hpp"
#include "core/base/limits.hpp"
#include "core/base/log.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace mesh::share {
namespace {

// Well below the sender's stall timeout.
constexpr auto sign_of_life = std::chrono::seconds(10);
// The window is given back in pieces of about 20 packets, and after each batch of them: to ask rates, clock
// and reader for each packet cost a tenth of receiving.
constexpr std::size_t credit_bytes = 32UZ * 1024;
constexpr std::size_t unread_block_bytes = 256UZ * 1024;
// Of work with what came in one go, before everybody else of this thread gets a turn: thousands of small
// files lie in one batch of packets, and a slow disk takes milliseconds to make each.
constexpr auto turn_max = std::chrono::milliseconds(10);

// Content is only gathered until there is a chunk of it.
bool is_work(const wire::frame_part& part, std::size_t gathered) noexcept {
  if (const auto* const content = std::get_if<wire::bulk_data>(&part))
    return gathered + content->data.size() >= limits::chunk_bytes;
  return !std::holds_alternative<wire::bulk_end>(part);
}

}  // namespace

receiving::receiving(std::unique_ptr<p2p::byte_stream> stream, transfer_info info,
                     const transfer_owner& owner, receive_request request,
                     std::shared_ptr<session_quota> quota)
    : running_transfer(std::move(stream), std::move(info), owner),
      watch_(now()),
      request_(std::move(request)),
      quota_(std::move(quota)),
      standstill_(now(), limits::standstill_timeout),
      last_sign_(now()),
      checkpoint_time_(now()) {}

receiving::~receiving() {
  quota_->give_back(std::exchange(reserved_, 0), arrived_);
}

void receiving::start(bytes_view initial) {
  stream_->set_handler(this);
  if (!initial.empty()) on_data(initial, false);
}

// -- what comes

void receiving::on_data(bytes_view data, bool fin) {
  uncredited_ += data.size();
  fin_came_ |= fin;
  // What waits here is bounded by the window, which is not given back meanwhile.
  if (is_behind() && !over()) return keep(data);
  if (!over()) {
    if (const auto rest = read_parts(data); rest)
      keep(*rest);
    else
      refuse(rest.error());
  }
  settle();
}

// In blocks, each of which is free as soon as it was read.
void receiving::keep(bytes_view data) {
  unread_bytes_ += data.size();
  while (!data.empty()) {
    if (unread_.empty() || unread_.back().size() == unread_block_bytes)
      unread_.emplace_back().reserve(unread_block_bytes);
    auto& block = unread_.back();
    const auto taken = data.first(std::min(data.size(), unread_block_bytes - block.size()));
    block.insert(block.end(), taken.begin(), taken.end());
    data = data.subspan(taken.size());
  }
}

// After what came was read, as far as may be now.
void receiving::settle() {
  if (fin_came_ && !is_behind() && !over())
    if (auto done = on_fin(); !done) refuse(done.error());
  if (uncredited_ >= credit_bytes || over()) credit();
  if (!over() && !is_behind()) after_data();
}

// Lasts until everything was done that was due when it began, such as the other packets of a batch.
void receiving::begin_turn() {
  if (std::exchange(turn_begun_, true)) return;
  post([this] { end_turn(); });
}

void receiving::end_turn() {
  turn_begun_ = false;
  worked_ = {};
  credit();
  if (read_later_) read_on();
}

// What was not read of it.
result<bytes_view> receiving::read_parts(bytes_view data) {
  begin_turn();
  splitter_.feed(data);
  while (hole_ == 0 && !read_later_) {
    const auto part = splitter_.next();
    if (!part) return std::unexpected(part.error());
    if (!*part) return bytes_view();
    const auto began = is_work(**part, gathered_bytes_) ? std::optional(now()) : std::nullopt;
    result<void> done;
    if (const auto* const json = std::get_if<wire::frame_json>(&**part)) done = on_message(json->text);
    if (const auto* const begin = std::get_if<wire::bulk_begin>(&**part)) done = on_chunk(*begin);
    if (const auto* const content = std::get_if<wire::bulk_data>(&**part)) done = gather(content->data);
    if (!done) return std::unexpected(std::move(done).error());
    if (over()) return bytes_view();  // canceled from inside of an observer's call
    if (began) worked_ += now() - *began;
    read_later_ = worked_ >= turn_max;
  }
  return splitter_.rest();
}

result<void> receiving::on_hole(const wire::file_hole& hole) {
  if (auto written = write_gathered(); !written) return written;
  hole_ = hole.size;
  post([this] { take_hole(); });
  return {};
}

void receiving::take_hole() {
  const auto size = std::exchange(hole_, 0);
  if (!over()) {
    if (auto skipped = skip(size); !skipped) refuse(skipped.error());
    arrived_ += size;
  }
  if (over()) return credit();
  content_moved();
  if (!read_later_) read_on();
}

void receiving::read_on() {
  read_later_ = false;
  if (over() || hole_ > 0) return;
  while (!unread_.empty() && hole_ == 0 && !read_later_ && !over()) {
    const auto kept = bytes_view(unread_.front()).subspan(unread_at_);
    const auto rest = read_parts(kept);
    if (!rest) {
      refuse(rest.error());
      break;
    }
    unread_bytes_ -= kept.size() - rest->size();
    unread_at_ += kept.size() - rest->size();
    if (!rest->empty()) break;
    unread_.pop_front();
    unread_at_ = 0;
  }
  settle();
}

result<void> receiving::gather(bytes_view content) {
  arrived_ += content.size();
  if (!gathered_) gathered_ = make_aligned_memory(limits::chunk_bytes);
  while (!content.empty()) {
    // Up to the next multiple of a chunk in the file, so that blocks end where one was written.
    const auto full = limits::chunk_bytes - static_cast<std::size_t>(position() % limits::chunk_bytes);
    const auto taken = content.first(std::min(content.size(), full - std::min(full, gathered_bytes_)));
    std::memcpy(gathered_.get() + gathered_bytes_, taken.data(), taken.size());
    gathered_bytes_ += taken.size();
    content = content.subspan(taken.size());
    if (gathered_bytes_ < full) continue;
    if (auto written = write_gathered(); !written) return written;
  }
  return {};
}

result<void> receiving::write_gathered() {
  if (gathered_bytes_ == 0) return {};
  if (auto taken = take({gathered_.get(), gathered_bytes_}); !taken) return taken;
  gathered_bytes_ = 0;
  content_moved();
  return {};
}

void receiving::content_moved() {
  checkpoint_when_due();
  watch_.moved(arrived_, now());
  standstill_.moved(arrived_, now());
  report(written());
}

// So that a power loss takes little.
void receiving::checkpoint_when_due() {
  const bool due = arrived_ - checkpointed_ >= limits::checkpoint_bytes ||
                   now() - checkpoint_time_ >= limits::checkpoint_interval;
  if (!due || checkpointing_) return;
  checkpointed_ = arrived_;
  checkpoint_time_ = now();
  auto job = checkpoint();
  if (!job) return;
  checkpointing_ = true;
  offload(disk_work::syncing, std::move(job), [this](bool alive) {
    if (alive) checkpointing_ = false;
  });
}

// The sender gets its window back as fast as our rates, its token and the reader of what we write allow.
void receiving::credit() {
  if (stream_is_gone() || uncredited_ == 0 || paused_ || hole_ > 0) return gate().leave();
  if (!over() && !lent_) {
    const auto waiting = backlog();
    if (!waiting) return refuse(waiting.error());
    if (*waiting > 0) {
      gate().leave();
      restart_watches();
      return give_sign_of_life();
    }
  }
  const auto unread = over() ? 0 : unread_bytes_;
  if (unread >= uncredited_) {
    gate().leave();
    restart_watches();
    if (is_taking()) give_sign_of_life();
    return;
  }
  const auto granted = over() ? uncredited_ : gate().ask(uncredited_ - unread, now());
  if (granted > 0) {
    uncredited_ -= granted;
    gate().spend(granted, now());
    stream_->consume(granted);
  }
  if (uncredited_ == 0) return;
  restart_watches();  // it is we who hold the sender up
  if (is_taking()) give_sign_of_life();
}

void receiving::give_sign_of_life() {
  if (stream_is_gone() || now() - last_sign_ < sign_of_life) return;
  last_sign_ = now();
  write(wire::file_progress{written()});
}

void receiving::restart_watches() {
  watch_.restart(now());
  standstill_.restart(now());
}

result<void> receiving::sender_waits() {
  if (standstill_.stalled(now()))
    return fail(errc::stalled, "the sender says that it waits, and does not get on");
  watch_.restart(now());
  return {};
}

// -- the offer

result<void> receiving::weigh_offer() {
  supersede_earlier();
  if (auto allowed = quota_->reserve(info_.size); !allowed) return allowed;
  reserved_ = info_.size;
  if (const auto judged = judge(request_.mode, request_.standing); !judged)
    return std::unexpected(judged.error());
  return {};
}

result<void> receiving::judge_offer(std::string_view what) {
  const auto judged = judge(request_.mode, request_.standing);
  if (!judged) return std::unexpected(judged.error());
  const auto agreed = *judged == verdict::accept ? consent::given
                      : request_.agreed.of       ? request_.agreed.of(info_)
                                                 : consent::over;
  only_confirms_ = agreed == consent::arrived;
  if (agreed != consent::over) return let_in();
  answer_until_ = now() + limits::offer_answer_timeout;
  log::info("share", "A {} waits for an answer: size={} from={} session_id={} name=\"{}\"", what, info_.size,
            info_.peer.device.str(), info_.session.str(), info_.name);
  ask(wall_now() + limits::offer_answer_timeout);
  return {};
}

result<void> receiving::count_xattrs(std::span<const wire::extended_attribute> attributes) {
  return quota_->reserve(xattr_bytes(attributes));
}

result<void> receiving::answer(bool accept) {
  if (over() || !answer_until_) return running_transfer::answer(accept);
  answer_until_.reset();
  agree(accept ? consent::given : consent::over);
  if (!accept)
    refuse({errc::denied, "the receiver declined", {}});
  else if (auto open = let_in(); !open)
    refuse(open.error());
  return {};
}

void receiving::agree(consent now) {
  if (request_.agreed.set) request_.agreed.set(info_, now);
}

void receiving::begin_content() {
  watch_ = stall_watch(now());
  standstill_ = stall_watch(now(), limits::standstill_timeout);
  checkpoint_time_ = now();
}

void receiving::lend_to_worker(disk_work kind, std::shared_ptr<void> held,
                               std::move_only_function<result<bool>()> job,
                               std::move_only_function<void(const result<bool>&)> then) {
  lent_ = true;
  restart_watches();
  const auto outcome = std::make_shared<result<bool>>(fail(errc::io, "work on the disk failed"));
  offload(
      kind, [held, outcome, job = std::move(job)]() mutable { *outcome = job(); },
      [this, held, outcome, then = std::move(then)](bool alive) mutable {
        if (!alive) return;
        lent_ = false;
        if (!over()) then(*outcome);
      });
}

// -- time and the end

void receiving::tick() {
  if (lingering() || paused_) return;
  credit();
  if (over()) return;
  if (answer_until_) {
    if (now() >= *answer_until_) {
      answer_until_.reset();
      refuse({errc::timed_out, "nobody answered in time", {}});
    }
  } else if (lent_) {
    give_sign_of_life();
  } else if (!on_idle() && watch_.stalled(now())) {
    refuse({errc::stalled, "the sender sends (nearly) nothing", {}});
  }
}

void receiving::pause(bool on) {
  paused_ = on;
  restart_watches();
  if (!on) credit();
}

void receiving::on_closed(const error& reason) {
  stream_gone();
  if (over()) return closed_after_end(reason);
  const bool ended_by_decision = reason.code == errc::session_revoked || reason.code == errc::canceled;
  if (!ended_by_decision && finishes_alone()) return;
  refuse(reason);
}

void receiving::conclude(const wire::p2p_message& said, std::string name, std::string path, std::string hash,
                         std::optional<arrived_tree> tree) {
  reserved_ = 0;
  concluded_ = true;
  agree(consent::arrived);
  if (!stream_is_gone()) write_last(said, p2p::close_code::none);
  succeed(std::move(name), std::move(path), std::move(hash), std::move(tree));
  if (stream_is_gone()) leave(p2p::close_code::none);
}

void receiving::on_told() {
  if (concluded_) agree(consent::over);
}

void receiving::stop_for_good(const error& reason) {
  agree(consent::over);
  refuse(reason);
}

void receiving::refuse(const error& reason) {
  if (over() || cannot_go_back()) return;
  // What is here is not what is offered, or is here no more: the next attempt asks a person.
  if (only_confirms_ && reason.code == errc::busy) agree(consent::over);
  const bool let_in_before = is_let_in();
  drop(!spoils_content(reason.code));
  quota_->give_back(std::exchange(reserved_, 0), arrived_);
  const auto code = p2p::close_code::of(reason.code);
  // What is not to be found is a folder of this machine, not what the sender has.
  const std::string told_code(word(reason.code == errc::not_found ? errc::write_failed : reason.code));
  const auto told = told_to_sender(reason);
  if (!stream_is_gone()) {
    if (let_in_before)
      write_last(failure(told_code, told), code);
    else
      write_last(wire::file_reject{told_code, told}, code);
  }
  fail_with(reason);
  if (stream_is_gone()) leave(code);
}

}  // namespace mesh::share
