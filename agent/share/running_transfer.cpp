#include "agent/share/running_transfer.hpp"

#include "agent/p2p/close_code.hpp"
#include "core/base/limits.hpp"
#include "core/base/log.hpp"
#include "core/wire/frame.hpp"

#include <fmt/format.h>

namespace mesh::share {
namespace {

p2p::shared_bytes frame_of(const wire::p2p_message& message) {
  auto bytes_owner = std::make_shared<const bytes>(wire::json_frame(wire::render_p2p_message(message)));
  const bytes_view view = *bytes_owner;
  return {std::move(bytes_owner), view};
}

double seconds(std::chrono::nanoseconds d) {
  return std::chrono::duration<double>(d).count();
}

std::vector<std::shared_ptr<shared_rate>> with_own(std::shared_ptr<shared_rate> own,
                                                   const std::vector<std::shared_ptr<shared_rate>>& shared) {
  std::vector<std::shared_ptr<shared_rate>> out{std::move(own)};
  out.insert(out.end(), shared.begin(), shared.end());
  return out;
}

}  // namespace

running_transfer::running_transfer(std::unique_ptr<p2p::byte_stream> stream, transfer_info info,
                                   const transfer_owner& owner)
    : stream_(std::move(stream)),
      info_(std::move(info)),
      owner_(owner),
      gate_(with_own(own_rate_, owner.rates), [this] { post([this] { on_turn(); }); }),
      started_(wall_now()),
      meter_(info_.size, owner.rt.now()) {}

result<void> running_transfer::answer(bool) {
  return fail(errc::not_found, "this transfer does not wait for an answer");
}

progress running_transfer::snapshot() const {
  return {info_,         meter_.done(), meter_.before(), handed_over(), agreed(), started_,
          meter_.rate(), meter_.eta(),  path(),          files_done(),  current()};
}

void running_transfer::post(std::move_only_function<void()> work) {
  owner_.rt.post([alive = std::weak_ptr<int>(alive_), work = std::move(work)]() mutable {
    if (!alive.expired()) work();
  });
}

void running_transfer::offload(disk_work kind, std::move_only_function<void()> job,
                               std::move_only_function<void(bool alive)> then) {
  owner_.rt.offload(
      kind, std::move(job),
      [alive = std::weak_ptr<int>(alive_), then = std::move(then)]() mutable { then(!alive.expired()); });
}

void running_transfer::write(const wire::p2p_message& message) {
  stream_->write(frame_of(message));
}

void running_transfer::write_last(const wire::p2p_message& message, std::uint64_t code) {
  auto frame = frame_of(message);
  // The stream drops its reference when the peer acknowledged the bytes. That happens somewhere inside of it,
  // so we leave later.
  const auto content = std::move(frame.owner);
  frame.owner = std::shared_ptr<const void>(
      content.get(),
      [content, post = owner_.rt.post, alive = std::weak_ptr<int>(alive_), this, code](const void*) {
        post([alive, this, code] {
          if (alive.expired()) return;
          // Dropped, too, when the connection dies.
          if (!gone_) told();
          leave(code);
        });
      });
  stream_->write(std::move(frame));
  stream_->finish();
  linger_until_ = now() + limits::transfer_linger_timeout;
  linger_code_ = code;
}

void running_transfer::told() {
  on_told();
  owner_.observer.on_told(info_);
}

void running_transfer::begin_meter(std::uint64_t before) {
  started_ = wall_now();
  meter_ = progress_meter(info_.size, now(), before);
}

void running_transfer::report(std::uint64_t done) {
  if (!over_ && meter_.update(done, now())) owner_.observer.on_progress(snapshot());
}

void running_transfer::succeed(std::string name, std::string path, std::string hash,
                               std::optional<arrived_tree> tree) {
  if (over_) return;
  report(tree ? tree->bytes : info_.size);
  over_ = true;
  const auto end = now();
  transfer_summary summary{info_,           std::move(name),      std::move(path),
                           meter_.before(), end - meter_.start(), meter_.mean_rate(end),
                           std::move(hash), std::nullopt,         xattrs_left_};
  if (tree) {
    summary.info.size = tree->bytes;
    summary.tree = std::move(tree->figures);
  }
  const bool sending = info_.way == direction::sending;
  const auto* const what = info_.files ? (sending ? "Folder sent successfully!" : "Folder received")
                                       : (sending ? "File sent successfully!" : "File received");
  log::info("share", "{} size={} seconds={:.3f} rate={:.1f} MB/s blake3={} session_id={} name=\"{}\"", what,
            summary.info.size, seconds(summary.duration), summary.rate / 1e6, summary.hash,
            info_.session.str(), summary.name);
  owner_.observer.on_finished(info_, summary);
}

void running_transfer::fail_with(const error& reason) {
  if (over_) return;
  owner_.observer.on_progress(snapshot());
  over_ = true;
  // What a person decided is no cause for a warning.
  const bool decided = reason.code == errc::denied || reason.code == errc::canceled;
  const auto at = decided ? log::level::info : log::level::warn;
  if (log::enabled("share", at))
    log::write("share", at,
               fmt::format("{} failed: {} ({}) done={} of {} session_id={} name=\"{}\"",
                           info_.way == direction::sending ? "Sending" : "Receiving", word(reason.code),
                           reason.detail, meter_.done(), info_.size, info_.session.str(), info_.name));
  owner_.observer.on_finished(info_, std::unexpected(reason));
}

void running_transfer::abandon(std::uint64_t code) {
  if (gone_) return;
  gone_ = true;
  stream_->set_handler(nullptr);
  stream_->reset(code);
}

void running_transfer::leave(std::uint64_t code) {
  if (retired_) return;
  abandon(code);
  retire();
}

void running_transfer::closed_after_end(const error& reason) {
  if (!retired_ && reason.code == errc::canceled && !p2p::close_code::is_pause(reason)) told();
  leave(p2p::close_code::none);
}

void running_transfer::retire() {
  if (std::exchange(retired_, true)) return;
  owner_.retire(info_.number);
}

bool running_transfer::lingering() {
  if (meter_.untold()) report(meter_.done());
  if (!over_ && meter_.idle(now())) owner_.observer.on_progress(snapshot());
  if (linger_until_ && now() >= *linger_until_) leave(linger_code_);
  return over_;
}

}  // namespace mesh::share
