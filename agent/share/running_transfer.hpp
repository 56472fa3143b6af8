// What sending and receiving have in common: a stream, a clock, an observer, and how a transfer comes to its
// end.
#pragma once
#include "agent/p2p/byte_stream.hpp"
#include "agent/share/manifest_budget.hpp"
#include "agent/share/progress_meter.hpp"
#include "agent/share/rate_gate.hpp"
#include "agent/share/transfer.hpp"
#include "core/wire/p2p_message.hpp"

#include <functional>
#include <memory>

namespace mesh::share {

// The table that owns the transfer. retire: takes the number of a transfer that is over for good and destroys
// it later.
// supersede: the same sender begins this transfer anew; what is left of the one before ends. rates,
// manifests: that this transfer shares with others.
struct transfer_owner {
  const runtime& rt;
  transfer_observer& observer;
  std::function<void(std::uint64_t)> retire;
  std::function<void(const transfer_info&)> supersede;
  std::vector<std::shared_ptr<shared_rate>> rates = {};
  std::shared_ptr<manifest_budget> manifests = {};
};

// How a folder arrived. bytes: of the files that came, which then are the size in its summary; less than was
// offered where files were skipped.
struct arrived_tree {
  tree_figures figures;
  std::uint64_t bytes = 0;
};

class running_transfer : public p2p::stream_handler {
 public:
  ~running_transfer() override = default;
  running_transfer(const running_transfer&) = delete;
  running_transfer& operator=(const running_transfer&) = delete;

  virtual void tick() = 0;
  // Of a person, to transfer_observer::on_question. Errors: not_found.
  virtual result<void> answer(bool accept);
  virtual void cancel(const error& reason) = 0;
  // It has all but ended well: nobody can call it off any more.
  virtual bool too_late() const { return false; }
  // The same by a person here, who wants no further attempt.
  virtual void stop_for_good(const error& reason) { cancel(reason); }
  // No byte moves while paused, and no deadline runs.
  virtual void pause(bool on) = 0;
  // Bytes per second of this transfer alone; absent: only what it shares with others bounds it.
  void limit(std::optional<std::uint64_t> rate) { own_rate_->set_rate(rate); }

  const transfer_info& info() const noexcept { return info_; }
  progress snapshot() const;
  // Resets the stream without telling anybody here: the program ends.
  void abandon(std::uint64_t code);
  // The observer was told the outcome; what is left is to let the last message reach the peer.
  bool over() const noexcept { return over_; }

 protected:
  running_transfer(std::unique_ptr<p2p::byte_stream> stream, transfer_info info, const transfer_owner& owner);

  virtual std::string path() const = 0;
  // How far the sender handed bytes to the stream; the receiver only knows what arrived.
  virtual std::uint64_t handed_over() const { return meter_.done(); }
  virtual bool agreed() const { return true; }
  // Of a folder: files that are through, and the path of the one that moves now.
  virtual std::uint64_t files_done() const { return 0; }
  virtual std::optional<std::string> current() const { return std::nullopt; }

  steady_time now() const { return owner_.rt.now(); }
  // There may be bytes to move: it is this transfer's turn under its rates.
  virtual void on_turn() = 0;
  rate_gate& gate() noexcept { return gate_; }
  // Runs work later, unless this transfer is gone by then.
  void post(std::move_only_function<void()> work);
  void write(const wire::p2p_message& message);
  // The last message of this side: the transfer retires as soon as the peer has it
  // (transfer_observer::on_told), at the latest after limits::transfer_linger_timeout. code: with which what
  // is still open is abandoned then.
  void write_last(const wire::p2p_message& message, std::uint64_t code);

  // The peer has the last message.
  virtual void on_told() {}

  void supersede_earlier() { owner_.supersede(info_); }
  // transfer_observer::on_question and on_started.
  void ask(wall_time deadline) { owner_.observer.on_question(info_, deadline); }
  void tell_started() { owner_.observer.on_started(info_); }
  // runtime::offload; then is called in any case and told whether this transfer still exists.
  void offload(disk_work kind, std::move_only_function<void()> job,
               std::move_only_function<void(bool alive)> then);

  // Speed is counted from here on; `before` bytes were there already.
  void begin_meter(std::uint64_t before);
  void report(std::uint64_t done);
  // Counts for the summary.
  void xattrs_stay_behind(std::uint64_t count) noexcept { xattrs_left_ += count; }

  // Tell the observer, once.
  void succeed(std::string name, std::string path, std::string hash,
               std::optional<arrived_tree> tree = std::nullopt);
  void fail_with(const error& reason);
  // Abandons the stream at once and retires.
  void leave(std::uint64_t code);
  // on_closed() was called: the stream takes nothing any more.
  void stream_gone() noexcept { gone_ = true; }
  bool stream_is_gone() const noexcept { return gone_; }
  // on_closed() while the transfer lingers. reason: what the peer says, which may be that it heard ours.
  void closed_after_end(const error& reason);
  // To be called by every tick(): true when the transfer is over and only lingers.
  bool lingering();

  std::unique_ptr<p2p::byte_stream> stream_;
  transfer_info info_;

 private:
  void told();
  void retire();

  transfer_owner owner_;
  std::shared_ptr<shared_rate> own_rate_ = std::make_shared<shared_rate>();
  rate_gate gate_;
  wall_time started_;
  progress_meter meter_;
  std::uint64_t xattrs_left_ = 0;
  bool over_ = false;
  bool retired_ = false;
  bool gone_ = false;
  std::optional<steady_time> linger_until_;
  std::uint64_t linger_code_ = 0;
  std::shared_ptr<int> alive_ = std::make_shared<int>(0);
};

}  // namespace mesh::share
