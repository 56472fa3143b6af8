// Receives one folder from a stream: the manifest first, then its files back to back, each verified as it
// comes. The folder gets its name when everything is there and on the disk.
#pragma once
#include "agent/share/file_receiver.hpp"
#include "agent/share/folder_sink.hpp"
#include "agent/share/folder_survey.hpp"
#include "agent/share/manifest.hpp"
#include "agent/share/receiving.hpp"

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

class receiving_folder final : public receiving {
 public:
  receiving_folder(std::unique_ptr<p2p::byte_stream> stream, transfer_info info, const transfer_owner& owner,
                   receive_request request, std::shared_ptr<session_quota> quota)
      : receiving(std::move(stream), std::move(info), owner, std::move(request), std::move(quota)),
        claim_(owner.manifests, info_.peer.device),
        listing_until_(now() + listing_time_max) {}

 private:
  // A list that grows by a chunk in each limits::stream_stall_timeout may still never end.
  static constexpr auto listing_time_max = std::chrono::minutes(30);

  enum class phase { listing, deciding, preparing, receiving, finishing, naming, named };

  std::string path() const override { return path_; }
  std::uint64_t files_done() const override { return tree_.files_done; }
  std::optional<std::string> current() const override { return current_; }
  result<void> on_message(std::string_view text) override;
  result<void> on_chunk(const wire::bulk_begin& begin) override;
  result<void> take(bytes_view content) override;
  result<void> skip(std::uint64_t size) override;
  std::uint64_t position() const override { return written_; }
  result<void> on_fin() override;
  result<void> let_in() override;
  bool is_let_in() const override { return phase_ >= phase::receiving; }
  bool is_taking() const override { return phase_ == phase::receiving; }
  bool finishes_alone() override { return phase_ >= phase::finishing; }
  bool cannot_go_back() const override { return phase_ == phase::naming; }
  std::uint64_t written() const override { return done_; }
  std::move_only_function<void()> checkpoint() override { return sink_->checkpoint(); }
  bool on_idle() override;
  void drop(bool keep) override;
  wire::p2p_message failure(std::string code, std::string message) const override;

  result<void> on_listing(wire::p2p_message message);
  result<void> on_meta(const wire::folder_meta& meta);
  result<void> on_offer();
  void prepare();
  void prepared(const result<bool>& more);
  result<void> on_content_message(const wire::p2p_message& message);
  result<void> on_file(std::uint64_t entry);
  result<void> on_skip(const wire::folder_skip& skip);
  result<void> on_file_done(const wire::file_done& done);
  result<void> on_compared(const wire::file_progress& progress);
  result<void> on_folder_done(const wire::folder_done& done);
  result<void> on_zeros(const wire::file_hole& hole);
  result<void> on_xattrs(const wire::file_xattrs& message);
  void moved_by(std::uint64_t count);
  result<void> open_file(std::uint64_t start);
  void file_ended(const std::string& hash);
  void next_file();
  void skip_to_next_file();
  void finished(const result<bool>& outcome);
  void named(const result<bool>& outcome);

  phase phase_ = phase::listing;
  manifest_reader manifest_;
  manifest_claim claim_;  // for as long as the entries are held, here or by the sink
  std::uint64_t listed_bytes_ = 0;
  steady_time listing_until_;
  // Shared with the worker, which may outlive the transfer: the one while it is prepared, then the other.
  std::shared_ptr<folder_survey> survey_;
  std::shared_ptr<folder_sink> sink_;
  std::optional<incoming_file> file_;
  std::optional<std::string> current_;  // its path
  std::uint64_t next_file_ = 0;         // entry number
  // The first whose extended attributes may still come beside files: 0 is the folder itself, 1 entry 0.
  std::uint64_t next_dressed_ = 0;
  crypto::blake3_hasher tree_hash_;
  std::uint64_t files_came_ = 0;
  std::uint64_t whole_bytes_ = 0;  // of these files
  tree_figures tree_;
  std::string path_;
  std::shared_ptr<result<std::string>> name_ = std::make_shared<result<std::string>>();  // from the worker
  std::uint64_t written_ = 0;  // of the file that comes
  std::uint64_t done_ = 0;     // of all files: what is there, from before or from now
};

}  // namespace mesh::share
