// One QUIC stream: the state that its connection keeps, and the handle that the owner of the stream holds.
#pragma once
#include "agent/p2p/byte_stream.hpp"
#include "agent/p2p/quic/send_queue.hpp"
#include "core/io/task.hpp"

#include <cstdint>
#include <memory>
#include <optional>

namespace mesh::quic {

class quic_connection;

// Shared by connection and handle; whichever lives longer finds the other gone.
class stream_state final : public std::enable_shared_from_this<stream_state> {
 public:
  stream_state(io::executor on, quic_connection& owner, std::int64_t number);

  // -- what the network brings (called by the connection)
  // The caller shares it meanwhile: the handler may destroy its handle.
  void received(bytes_view data, bool fin);
  void acknowledged(std::uint64_t offset);
  // The peer wants no more of what we send, without blaming anything: what it sent may still arrive.
  void stopped();
  // The end by an error; told once to the handler.
  void ended(const error& reason);
  // QUIC has forgotten the stream: everything arrived, or it was reset.
  void detach();

  // -- what the owner wants (called by the handle)
  void set_handler(p2p::stream_handler* handler);
  std::size_t writable() const noexcept;
  void write(p2p::shared_bytes data);
  void finish();
  void consume(std::size_t count);
  void reset(std::uint64_t code);
  void abandon();

  // -- sending
  bool has_output() const noexcept {
    return !write_closed_ && (queue.unsent() > 0 || (fin_wanted_ && !fin_sent_));
  }
  bool fin_wanted() const noexcept { return fin_wanted_; }
  void fin_sent() noexcept { fin_sent_ = true; }
  bool let_go() const noexcept { return let_go_; }
  // Some of the queue went out or was acknowledged: there may be room for the owner.
  void check_room();

  send_queue queue;
  const std::int64_t id;
  bool scheduled = false;  // waits in the connection's send_schedule
  bool blocked = false;    // waits for the peer's flow-control window

 private:
  std::size_t room_in_queue() const noexcept;
  void tell_later();
  void tell();

  io::executor on_;
  quic_connection* connection_;  // nullptr once detached
  p2p::stream_handler* handler_ = nullptr;
  bytes early_;                 // arrived while no handler was set
  std::size_t unconsumed_ = 0;  // handed out or kept in early_, not given back to the window
  std::optional<error> reason_;
  bool reason_told_ = false;
  bool let_go_ = false;  // the owner ended it: no further callback
  bool fin_received_ = false;
  bool fin_told_ = false;
  bool fin_wanted_ = false;
  bool fin_sent_ = false;
  bool write_closed_ = false;
  mutable bool starved_ = false;  // writable() answered 0 and on_writable is owed
  bool room_due_ = false;
  bool telling_ = false;
};

class stream_handle final : public p2p::byte_stream {
 public:
  explicit stream_handle(std::shared_ptr<stream_state> state) : state_(std::move(state)) {}
  ~stream_handle() override { state_->abandon(); }

  void set_handler(p2p::stream_handler* handler) override { state_->set_handler(handler); }
  std::size_t writable() const override { return state_->writable(); }
  void write(p2p::shared_bytes data) override { state_->write(std::move(data)); }
  void finish() override { state_->finish(); }
  void consume(std::size_t count) override { state_->consume(count); }
  void reset(std::uint64_t code) override { state_->reset(code); }
  std::int64_t id() const noexcept override { return state_->id; }

 private:
  std::shared_ptr<stream_state> state_;
};

}  // namespace mesh::quic
