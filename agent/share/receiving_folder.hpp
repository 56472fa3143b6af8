// Receives one folder from a stream: the manifest first, then its files back to back, each verified as it
// comes. The folder gets its name when everything is there and on the disk.
#pragma once
#include "agent/share/file_receiver.hpp"
#include "agent/share/folder_sink.hpp"
#include "agent/share/manifest.hpp"
#include "agent/share/running_transfer.hpp"
#include "agent/share/stall_watch.hpp"
#include "agent/share/transfer_table.hpp"

#include <memory>
#include <optional>

namespace mesh::share {

// The file of a folder that comes now. whole: its hash, when all of it is there already.
struct incoming_file {
  std::uint64_t entry = 0;
  file_receiver receiver;
  const std::string* whole = nullptr;
  bool opened = false;
  std::uint64_t compared = 0;
};

class receiving_folder final : public running_transfer {
 public:
  receiving_folder(std::unique_ptr<p2p::byte_stream> stream, transfer_info info, const transfer_owner& owner,
                   receive_request request, std::shared_ptr<session_quota> quota);
  ~receiving_folder() override;

  void start(bytes_view initial);

  void tick() override;
  result<void> answer(bool accept) override;
  void cancel(const error& reason) override { refuse(reason); }
  void pause(bool on) override;

  void on_data(bytes_view data, bool fin) override;
  void on_writable() override {}
  void on_closed(const error& reason) override;

 private:
  enum class phase { listing, deciding, preparing, receiving, finishing, named };
  struct target;

  void on_turn() override { credit(); }
  std::string path() const override { return path_; }
  std::uint64_t files_done() const override { return tree_.files_done; }
  result<void> read_parts(bytes_view data);
  result<void> on_message(std::string_view text);
  result<void> on_listing(wire::p2p_message message);
  result<void> on_offer();
  result<void> let_in();
  void prepare();
  void prepared(const result<bool>& more);
  void tell_kept();
  result<void> on_content_message(const wire::p2p_message& message);
  result<void> on_file(std::uint64_t entry);
  result<void> on_skip(const wire::folder_skip& skip);
  result<void> on_file_done(const wire::p2p_message& message);
  result<void> on_compared(const wire::file_progress& progress);
  result<void> on_folder_done(const wire::folder_done& done);
  result<void> on_chunk(const wire::bulk_begin& begin);
  result<void> open_file(std::uint64_t start);
  result<void> gather(bytes_view content);
  result<void> write_gathered();
  void file_ended(const std::string& hash);
  void skip_to_next_file();
  void checkpoint_when_due();
  void lend_to_worker(std::move_only_function<result<bool>()> job,
                      void (receiving_folder::*then)(const result<bool>&));
  void finish();
  void finished(const result<bool>& outcome);
  void credit();
  void give_sign_of_life();
  void refuse(const error& reason);

  receive_request request_;
  std::shared_ptr<session_quota> quota_;
  phase phase_ = phase::listing;
  manifest_reader manifest_;
  std::shared_ptr<target> target_;  // shared with the worker, which may outlive the transfer
  wire::frame_splitter splitter_;
  std::optional<incoming_file> file_;
  std::uint64_t next_file_ = 0;  // entry number
  crypto::blake3_hasher tree_hash_;
  std::uint64_t files_came_ = 0;
  tree_figures tree_;
  std::string path_;
  bytes gathered_;
  std::uint64_t written_ = 0;  // of the file that comes
  std::uint64_t done_ = 0;     // of all files: what is there, from before or from now
  std::uint64_t arrived_ = 0;  // in this attempt
  std::uint64_t reserved_ = 0;
  std::size_t uncredited_ = 0;
  stall_watch watch_;
  steady_time last_sign_;
  std::optional<steady_time> answer_until_;
  bool lent_ = false;
  bool checkpointing_ = false;
  std::uint64_t checkpointed_ = 0;
  steady_time checkpoint_time_;
  bool paused_ = false;
};

}  // namespace mesh::share
