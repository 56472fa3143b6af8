// Sends one file on a stream: reads, hashes and writes 256 KiB at a time, never more than 8 buffers ahead of
// the peer.
#pragma once
#include "agent/share/buffer_pool.hpp"
#include "agent/share/file_sender.hpp"
#include "agent/share/file_source.hpp"
#include "agent/share/running_transfer.hpp"
#include "agent/share/stall_watch.hpp"

namespace mesh::share {

class sending_transfer final : public running_transfer {
 public:
  sending_transfer(std::unique_ptr<p2p::byte_stream> stream, transfer_info info, const transfer_owner& owner,
                   file_source source, bool xattrs);

  // FILE_META goes out.
  void start();

  void tick() override;
  void cancel(const error& reason) override;
  void pause(bool on) override;

  void on_data(bytes_view data, bool fin) override;
  void on_writable() override { pump(); }
  void on_closed(const error& reason) override;

 private:
  std::string path() const override { return source_.path().string(); }
  std::uint64_t handed_over() const override { return handed_over_; }
  bool agreed() const override { return sender_.start().has_value(); }
  result<void> read_messages(bytes_view data);
  void after_message();
  void watch_anew();
  void held_up();
  void on_turn() override { pump(); }
  void pump();
  bool send_piece(file_sender::piece piece);
  bool send_hole(const file_sender::piece& piece);
  void after_comparing();
  void acknowledged();
  void end_of_file();
  void write_xattrs();
  void buffer_returned();
  void give_up(const error& reason);

  file_source source_;
  bool xattrs_;  // go along
  file_sender sender_;
  wire::frame_splitter splitter_;
  buffer_pool buffers_;
  stall_watch watch_;
  stall_watch standstill_;         // of a receiver that goes on saying that it is busy
  std::uint64_t handed_over_ = 0;  // bytes of content written to the stream
  std::size_t buffers_lent_ = 0;   // and not yet acknowledged
  bool compared_ = false;          // what the receiver has; handed_over_ counts from there
  steady_time last_sign_;          // FILE_PROGRESS of ours
  bool pump_posted_ = false;
  bool paused_ = false;
  bool started_ = false;  // the receiver agreed
};

}  // namespace mesh::share
