// The streams of one relayed connection: frames in, frames out, with credit for each stream. No I/O, no keys.
#pragma once
#include "agent/p2p/relay/frame.hpp"
#include "agent/p2p/relay/lane.hpp"

#include <map>

namespace mesh::relay {

// One thread. Held by a shared pointer, which its streams share.
class lanes : public std::enable_shared_from_this<lanes> {
 public:
  // post: runs work later on the network thread. wake: next() has something. opened: the peer opened a
  // stream; none of the three is called from inside a call to a stream, but for wake.
  struct calls {
    poster post;
    std::function<void()> wake;
    std::function<void(std::unique_ptr<p2p::byte_stream>)> opened;
  };
  explicit lanes(calls then) : calls_(std::move(then)) {}

  // A frame of the peer. Errors: bad_frame, after which the connection is of no use.
  result<void> take(const frame& f);
  // The next frame to send. Streams take turns, so that a short one does not wait for a long one.
  std::optional<bytes> next();
  // Every stream ends.
  void end(const error& reason);

  // Opened here. Errors: busy.
  result<std::unique_ptr<p2p::byte_stream>> open();

  // Of the streams.
  void set_handler(const std::shared_ptr<lane>& of, p2p::stream_handler* handler);
  void write(lane& to, p2p::shared_bytes data);
  void finish(lane& which);
  void consume(lane& of, std::size_t count);
  void reset(lane& which, std::uint64_t code);
  void let_go(lane& which);

 private:
  result<void> take_open(std::uint32_t number);
  result<void> take_data(const std::shared_ptr<lane>& to, bytes_view data);
  void take_reset(const std::shared_ptr<lane>& which, std::uint32_t code);
  void drop(lane& which);
  bytes piece_of(const std::shared_ptr<lane>& from);
  std::unique_ptr<p2p::byte_stream> hold(std::uint32_t number);
  void say(bytes rendered);

  calls calls_;
  std::map<std::uint32_t, std::shared_ptr<lane>> all_;
  std::deque<bytes> words_;  // everything but content
  std::uint32_t next_own_ = 1;
  std::uint64_t next_theirs_ = 0;
  std::uint32_t last_served_ = 0;
  bool over_ = false;
};

}  // namespace mesh::relay
