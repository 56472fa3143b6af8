// Receives one file from a stream: believes nothing, hashes and writes what was gathered, and gives the file
// its name only when everything is verified and on the disk.
#pragma once
#include "agent/share/file_receiver.hpp"
#include "agent/share/receiving.hpp"

#include <memory>
#include <optional>

namespace mesh::share {

class receiving_transfer final : public receiving {
 public:
  receiving_transfer(std::unique_ptr<p2p::byte_stream> stream, transfer_info info,
                     const transfer_owner& owner, receive_request request,
                     std::shared_ptr<session_quota> quota)
      : receiving(std::move(stream), std::move(info), owner, std::move(request), std::move(quota)) {}
  // What is incomplete stays as `.part`.
  ~receiving_transfer() override { drop_file(true); }

 private:
  // Shared with the worker that flushes and names, which may outlive the transfer.
  struct target;

  std::string path() const override { return path_; }
  result<void> on_message(std::string_view text) override;
  result<void> on_chunk(const wire::bulk_begin& begin) override;
  result<void> take(bytes_view content) override;
  result<void> skip(std::uint64_t size) override;
  std::uint64_t position() const override { return written_; }
  result<void> on_fin() override;
  void after_data() override;
  result<void> let_in() override;
  bool is_let_in() const override;
  bool is_taking() const override { return receiver_.now() == file_receiver::phase::receiving; }
  bool finishes_alone() override;
  bool cannot_go_back() const override { return naming_; }
  result<std::size_t> backlog() override;
  std::uint64_t written() const override { return written_; }
  std::move_only_function<void()> checkpoint() override;
  bool on_idle() override;
  void drop(bool keep) override;
  wire::p2p_message failure(std::string code, std::string message) const override;

  void moved_to(std::uint64_t offset);
  result<void> on_offer();
  file_extras extras() const;
  void hash_prefix();
  void prefix_hashed(const result<bool>& more);
  void begin(wire::file_accept said);
  result<void> on_first_content();
  void flush();
  void flushed(const result<bool>& outcome);
  void give_name();
  void named(const result<bool>& done);
  void drop_file(bool keep);

  file_receiver receiver_;
  std::shared_ptr<target> target_;
  std::uint64_t written_ = 0;  // of the file, or read of what is there already
  std::uint64_t found_ = 0;    // bytes that an earlier attempt left
  std::string path_;
  bool content_began_ = false;
  bool fin_ = false;                       // the sender said everything
  std::optional<steady_time> name_after_;  // verified and on the disk: named at FIN, or then
  bool naming_ = false;
};

}  // namespace mesh::share
