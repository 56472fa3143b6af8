// Sends one folder on a stream: the manifest, then, once the receiver agreed, all files back to back. Nothing
// is waited for between files, and many small ones share a buffer.
#pragma once
#include "agent/share/file_sender.hpp"
#include "agent/share/frame_batches.hpp"
#include "agent/share/running_transfer.hpp"
#include "agent/share/source_tree.hpp"
#include "agent/share/stall_watch.hpp"

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace mesh::share {

class sending_folder final : public running_transfer {
 public:
  sending_folder(std::unique_ptr<p2p::byte_stream> stream, transfer_info info, const transfer_owner& owner,
                 std::shared_ptr<const source_tree> source, bool xattrs);

  // FOLDER_META and the manifest go out.
  void start();

  void tick() override;
  void cancel(const error& reason) override { give_up(reason); }
  void pause(bool on) override;

  void on_data(bytes_view data, bool fin) override;
  void on_writable() override { pump(); }
  void on_closed(const error& reason) override;

 private:
  enum class phase { listing, offered, sending, verified };

  // The file that goes now.
  struct outgoing {
    std::size_t entry = 0;
    file_source source;
    file_sender sender;
  };

  void on_turn() override { pump(); }
  std::string path() const override { return source_->dir.path().string(); }
  std::uint64_t handed_over() const override { return handed_over_; }
  bool agreed() const override { return phase_ == phase::sending || phase_ == phase::verified; }
  std::uint64_t files_done() const override { return tree_.files_done; }
  std::optional<std::string> current() const override;
  result<void> on_message(const wire::p2p_message& message);
  result<void> on_accept(const wire::folder_accept& accept);
  result<void> on_result(const wire::folder_result& outcome);
  result<void> on_progress(const wire::file_progress& said);
  void watch_anew();
  void pump();
  void send_pages();
  // Each puts into the batch what fits. False when there is nothing more to do now.
  bool fill();
  bool next_file();
  // entry: of a directory; nothing: of the folder itself.
  void put_xattrs_of(std::optional<std::size_t> entry);
  void put_xattrs(carried_xattrs found, std::optional<std::uint64_t> entry);
  void skip(std::size_t entry, const error& reason);
  bool send_piece();
  bool send_hole(const file_sender::piece& piece);
  void end_of_file();
  void end_of_folder();
  void put(const wire::p2p_message& message);
  void flush();
  void buffer_returned();
  void give_sign_of_life();
  void give_up(const error& reason);

  std::shared_ptr<const source_tree> source_;
  bool xattrs_;  // go along
  std::vector<std::pair<std::size_t, std::size_t>> pages_;
  std::size_t next_page_ = 0;
  phase phase_ = phase::listing;
  wire::frame_splitter splitter_;
  std::map<std::uint64_t, wire::kept_file> kept_;
  std::uint64_t kept_bytes_ = 0;
  std::optional<outgoing> file_;
  std::size_t next_entry_ = 0;
  std::uint64_t files_sent_ = 0;
  std::uint64_t whole_bytes_ = 0;  // of these files
  crypto::blake3_hasher tree_hash_;
  std::string hash_;
  tree_figures tree_;
  frame_batches batches_;
  std::uint64_t handed_over_ = 0;  // what the receiver had, and content since
  bool takes_holes_ = false;       // the receiver understands FILE_HOLE
  bool takes_xattrs_ = false;      // the receiver has a place for extended attributes
  bool takes_waits_ = false;       // it may be told that our rates hold us up
  bool hashed_hole_ = false;       // just now
  bool started_ = false;
  bool pump_posted_ = false;
  bool paused_ = false;
  stall_watch watch_;
  stall_watch standstill_;  // of a receiver that goes on saying that it is busy
  steady_time last_sign_;
};

}  // namespace mesh::share
