// Receives one file from a stream: believes nothing, gathers 256 KiB, hashes and writes them, and gives the
// file its name only when everything is verified and on the disk.
#pragma once
#include "agent/share/accept_policy.hpp"
#include "agent/share/file_receiver.hpp"
#include "agent/share/running_transfer.hpp"
#include "agent/share/stall_watch.hpp"
#include "agent/share/transfer_table.hpp"

#include <memory>
#include <optional>

namespace mesh::share {

class receiving_transfer final : public running_transfer {
 public:
  receiving_transfer(std::unique_ptr<p2p::byte_stream> stream, transfer_info info,
                     const transfer_owner& owner, receive_request request,
                     std::shared_ptr<session_quota> quota);
  // What is incomplete stays as `.part`.
  ~receiving_transfer() override;

  void start(bytes_view initial);

  void tick() override;
  result<void> answer(bool accept) override;
  void cancel(const error& reason) override;
  void pause(bool on) override;

  void on_data(bytes_view data, bool fin) override;
  void on_writable() override {}
  void on_closed(const error& reason) override;

 private:
  // Shared with the worker that flushes, which may outlive the transfer.
  struct target;

  std::string path() const override;
  result<void> read_parts(bytes_view data);
  result<void> on_part(const wire::frame_part& part);
  result<void> on_message(std::string_view text);
  result<void> on_offer();
  result<void> let_in();
  void hash_prefix();
  void prefix_hashed(const result<void>& outcome);
  void begin(wire::file_accept said);
  result<void> on_first_content();
  result<void> gather(bytes_view content);
  result<void> write_gathered();
  void checkpoint_when_due();
  void lend_to_worker(std::move_only_function<result<void>()> job,
                      void (receiving_transfer::*then)(const result<void>&));
  void flush();
  void flushed(const result<void>& outcome);
  void give_name();
  void on_turn() override { credit(); }
  void credit();
  void give_sign_of_life();
  void refuse(const error& reason);
  void drop_file(bool keep);

  receive_request request_;
  std::shared_ptr<session_quota> quota_;
  file_receiver receiver_;
  wire::frame_splitter splitter_;
  std::shared_ptr<target> target_;
  bytes gathered_;
  std::uint64_t written_ = 0;                  // of the file, or read of what is there already
  std::uint64_t found_ = 0;                    // bytes that an earlier attempt left
  std::optional<std::uint64_t> written_from_;  // where this attempt's bytes begin
  std::uint64_t reserved_ = 0;
  std::size_t uncredited_ = 0;  // taken from the stream, not yet given back to its window
  stall_watch watch_;
  steady_time last_sign_;  // FILE_PROGRESS of ours
  std::optional<steady_time> answer_until_;
  bool lent_ = false;  // a worker has the sink: it reads what is there already, or flushes
  bool checkpointing_ = false;
  std::uint64_t checkpointed_ = 0;
  steady_time checkpoint_time_;
  bool fin_ = false;                       // the sender said everything
  std::optional<steady_time> name_after_;  // verified and on the disk: named at FIN, or then
  bool paused_ = false;
};

}  // namespace mesh::share
