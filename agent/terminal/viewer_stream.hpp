// The viewer's end of a terminal's stream.
#pragma once
#include "agent/p2p/byte_stream.hpp"
#include "agent/terminal/screen.hpp"
#include "agent/terminal/terminal_frames.hpp"
#include "core/wire/p2p_message.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace mesh::terminal {

// Told on the network thread; any of them may destroy the viewer_stream.
struct viewer_calls {
  std::function<void()> opened;  // name(), size() and may_control() are known, or changed
  std::function<void(const wire::term_state&)> state;
  std::function<void(bytes_view)> output;  // for the screen of the viewer
  std::function<void(const wire::term_exit&)> exited;
  std::function<void(std::int64_t)> echoed;  // what alive() sent
  std::function<void(const error&)> closed;  // last call
};

class viewer_stream final : public p2p::stream_handler {
 public:
  viewer_stream(std::unique_ptr<p2p::byte_stream> stream, viewer_calls calls);
  viewer_stream(const viewer_stream&) = delete;
  viewer_stream& operator=(const viewer_stream&) = delete;
  ~viewer_stream() override;

  // Begins to read; initial: bytes of the stream that came already.
  void begin(bytes_view initial);
  void set_calls(viewer_calls calls) { calls_ = std::move(calls); }

  // name: the terminal that is wanted, in the first message on a stream that this side opened.
  void watch(bool on, std::optional<std::string> name = std::nullopt);
  // Typed keys; dropped here while somebody else has the keyboard. Returns whether they were sent.
  bool type(bytes_view keys);
  void suggest(std::string line);
  // The sharer is asked for this size; nothing changes before it says so.
  void ask_size(terminal_size wanted);
  void alive(std::int64_t sent);
  // While it holds, the sharer is not told that there is room again: it stops sending, soon.
  void hold(bool on);

  const std::string& name() const noexcept { return name_; }
  terminal_size size() const noexcept { return size_; }
  bool may_control() const noexcept { return may_control_; }
  const wire::term_state& state() const noexcept { return state_; }

 private:
  void on_data(bytes_view data, bool fin) override;
  void on_writable() override {}
  void on_closed(const error& reason) override;
  void take(wire::p2p_message message);
  void take_bulk(wire::frame_kind kind, bytes_view data);
  void send(const wire::p2p_message& message) { stream_->write(message_frame(message)); }
  void close(const error& reason);

  std::unique_ptr<p2p::byte_stream> stream_;
  viewer_calls calls_;
  frame_reader reader_;
  std::string name_;
  terminal_size size_;
  bool may_control_ = false;
  wire::term_state state_;
  bool holding_ = false;
  std::size_t held_bytes_ = 0;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace mesh::terminal
