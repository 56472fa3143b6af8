// What receiving a file and receiving a folder have in common: an offer that somebody lets in, content that
// is gathered and written, a window that is given back as fast as our rates allow, work lent to a worker,
// time that runs out, and how it ends.
#pragma once
#include "agent/share/running_transfer.hpp"
#include "agent/share/stall_watch.hpp"
#include "agent/share/transfer_table.hpp"
#include "core/base/aligned_memory.hpp"
#include "core/wire/frame.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>

namespace mesh::share {

class receiving : public running_transfer {
 public:
  ~receiving() override;

  // initial: bytes of the stream that were taken from it already.
  void start(bytes_view initial);

  void tick() final;
  result<void> answer(bool accept) final;
  void cancel(const error& reason) final { refuse(reason); }
  bool too_late() const final { return cannot_go_back(); }
  void stop_for_good(const error& reason) final;
  void pause(bool on) final;

  void on_data(bytes_view data, bool fin) final;
  void on_writable() final {}
  void on_closed(const error& reason) final;

 protected:
  receiving(std::unique_ptr<p2p::byte_stream> stream, transfer_info info, const transfer_owner& owner,
            receive_request request, std::shared_ptr<session_quota> quota);

  // -- what a file and a folder do each in its way
  virtual result<void> on_message(std::string_view text) = 0;
  virtual result<void> on_chunk(const wire::bulk_begin& begin) = 0;
  // At most a chunk of content, in order.
  virtual result<void> take(bytes_view content) = 0;
  // At most limits::hole_bytes_max zeros that need no room.
  virtual result<void> skip(std::uint64_t size) = 0;
  // Where the next byte of the present file belongs.
  virtual std::uint64_t position() const = 0;
  // The sender closed its side. Errors: connection_lost when something is missing.
  virtual result<void> on_fin() = 0;
  // All that came in one go was read.
  virtual void after_data() {}
  // Somebody agreed to the offer.
  virtual result<void> let_in() = 0;
  // Files and bytes come or are verified: a failure is told as the outcome, not as a refusal of the offer.
  virtual bool is_let_in() const = 0;
  // Content may come now.
  virtual bool is_taking() const = 0;
  // Everything is here and verified: it gets its name though the stream is gone.
  virtual bool finishes_alone() = 0;
  // It is getting its name right now: too late for a refusal.
  virtual bool cannot_go_back() const { return false; }
  // Bytes that were taken but not passed on; no more shall come meanwhile.
  virtual result<std::size_t> backlog() { return 0; }
  // Bytes of the offer that are here and written, from before or from now.
  virtual std::uint64_t written() const = 0;
  // Work for a worker, see file_sink::checkpoint().
  virtual std::move_only_function<void()> checkpoint() = 0;
  // A tick without anything else to do. True when it did something.
  virtual bool on_idle() { return false; }
  // The transfer failed. keep: what was written may be of use to a later attempt.
  virtual void drop(bool keep) = 0;
  // FILE_RESULT or FOLDER_RESULT of a failure.
  virtual wire::p2p_message failure(std::string code, std::string message) const = 0;

  // -- for both
  // Nobody agreed to any content: what is here already may be confirmed.
  bool only_confirms() const noexcept { return only_confirms_; }
  receive_request& request() noexcept { return request_; }
  // What the offer is called and its size were written into info_. Errors: receive_off, size_exceeded;
  // nothing more of it need be read then.
  result<void> weigh_offer();
  // All of the weighed offer is known: it is let in, refused, or somebody is asked. what: for the log.
  result<void> judge_offer(std::string_view what);
  // Extended attributes count for what the token allows, beside the content.
  result<void> count_xattrs(std::span<const wire::extended_attribute> attributes);
  void begin_content();
  result<void> write_gathered();
  void forget_gathered() noexcept { gathered_bytes_ = 0; }
  // The receiver of the file agreed to it. It is taken later: zeros are hashed far faster than their message
  // travels, and others want their turn in between.
  result<void> on_hole(const wire::file_hole& hole);
  // Nothing else touches what the job works on until `then`, which is not called when the transfer is over by
  // then. held: kept alive as long.
  void lend_to_worker(disk_work kind, std::shared_ptr<void> held, std::move_only_function<result<bool>()> job,
                      std::move_only_function<void(const result<bool>&)> then);
  bool lent() const noexcept { return lent_; }
  // The sender waits although nothing moves: it is told now and then that we are still there.
  void give_sign_of_life();
  // What the sender had to do it did, or it is we who hold it up.
  void restart_watches();
  // FILE_PROGRESS of one whose own rates hold it up. Errors: stalled when it says so for too long.
  result<void> sender_waits();
  void refuse(const error& reason);
  // The last message, when all went well.
  void conclude(const wire::p2p_message& said, std::string name, std::string path, std::string hash,
                std::optional<arrived_tree> tree = std::nullopt);

  stall_watch watch_;  // of a sender that says nothing

 private:
  void on_turn() final { credit(); }
  void on_told() final;
  void agree(consent now);
  result<bytes_view> read_parts(bytes_view data);
  result<void> gather(bytes_view content);
  void take_hole();
  void read_on();
  void keep(bytes_view data);
  void settle();
  void begin_turn();
  void end_turn();
  bool is_behind() const noexcept { return hole_ > 0 || read_later_ || !unread_.empty(); }
  void content_moved();
  void checkpoint_when_due();
  void credit();

  receive_request request_;
  bool only_confirms_ = false;
  bool concluded_ = false;
  std::shared_ptr<session_quota> quota_;
  wire::frame_splitter splitter_;
  aligned_memory gathered_;  // of limits::chunk_bytes, once there is content
  std::size_t gathered_bytes_ = 0;
  std::uint64_t hole_ = 0;     // bytes; while there are any, nothing else is read
  bool read_later_ = false;    // the turn was long enough: others want theirs in between
  std::deque<bytes> unread_;   // what came behind the one or the other
  std::size_t unread_at_ = 0;  // in the first block
  std::size_t unread_bytes_ = 0;
  bool turn_begun_ = false;
  steady_time::duration worked_{};  // in this turn
  bool fin_came_ = false;
  std::uint64_t reserved_ = 0;
  std::uint64_t arrived_ = 0;   // bytes of content in this attempt
  std::size_t uncredited_ = 0;  // taken from the stream, not yet given back to its window
  stall_watch standstill_;      // of one that only says that it waits
  steady_time last_sign_;       // FILE_PROGRESS of ours
  std::optional<steady_time> answer_until_;
  bool lent_ = false;
  bool checkpointing_ = false;
  std::uint64_t checkpointed_ = 0;
  steady_time checkpoint_time_;
  bool paused_ = false;
};

}  // namespace mesh::share
