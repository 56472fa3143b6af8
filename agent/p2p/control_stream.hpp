// A stream of JSON messages: the control stream of a session, and any stream until its first message is read.
#pragma once
#include "agent/p2p/byte_stream.hpp"
#include "core/wire/frame.hpp"
#include "core/wire/p2p_message.hpp"

#include <functional>
#include <memory>

namespace mesh::p2p {

class control_stream final : public stream_handler {
 public:
  // Told of each message and of the end, once: by a reset, by FIN (canceled), or by something that is no
  // message (bad_frame, bad_message; the stream is then reset with that code). Either may destroy the
  // control_stream.
  struct calls {
    std::function<void(control_stream&, wire::p2p_message)> on_message;
    std::function<void(control_stream&, const error&)> on_end;
  };

  control_stream(std::unique_ptr<byte_stream> stream, calls then);
  control_stream(const control_stream&) = delete;
  control_stream& operator=(const control_stream&) = delete;
  ~control_stream() override;

  void set_calls(calls then) { calls_ = std::move(then); }
  void send(const wire::p2p_message& message);
  // A last message: what follows from the peer is of no interest.
  void send_and_finish(const wire::p2p_message& message);
  void reset(std::uint64_t code);

  // From inside on_message: gives the stream away, with the bytes behind the message (valid during the call,
  // not consumed). Nothing more is told.
  std::unique_ptr<byte_stream> release(bytes_view& rest);

 private:
  void on_data(bytes_view data, bool fin) override;
  void on_writable() override {}
  void on_closed(const error& reason) override;
  bool read_one(bytes_view& data);
  void fail_with(const error& reason);
  void end(const error& reason);

  std::unique_ptr<byte_stream> stream_;
  calls calls_;
  bytes partial_;      // the beginning of a message: length and body
  bytes_view unread_;  // during on_data
  std::shared_ptr<int> alive_ = std::make_shared<int>(0);
};

}  // namespace mesh::p2p
