// A stream of a session as its owner holds it: the session can end it from outside.
#pragma once
#include "agent/p2p/byte_stream.hpp"

#include <memory>
#include <optional>
#include <set>

namespace mesh::p2p {

class session_stream;

// Every stream of one session that is still held by somebody. Copies speak of the same streams.
class session_streams {
 public:
  session_streams() : open_(std::make_shared<std::set<session_stream*>>()) {}
  std::unique_ptr<byte_stream> add(std::unique_ptr<byte_stream> inner);
  // Resets them all with this code, ...
  void end_all(std::uint64_t code, const error& reason);
  // ... and tells their owners why; to be called later, from outside any call of theirs.
  void tell_all();
  std::size_t size() const noexcept { return open_->size(); }

 private:
  std::shared_ptr<std::set<session_stream*>> open_;
};

class session_stream final : public byte_stream, private stream_handler {
 public:
  session_stream(std::unique_ptr<byte_stream> inner, std::shared_ptr<std::set<session_stream*>> siblings);
  ~session_stream() override;

  void set_handler(stream_handler* handler) override;
  std::size_t writable() const override { return inner_ ? inner_->writable() : 0; }
  void write(shared_bytes data) override;
  void finish() override;
  void consume(std::size_t count) override;
  void reset(std::uint64_t code) override;

  void end(std::uint64_t code, const error& reason);
  // True when there was something to tell; the stream may be gone afterwards.
  bool tell();

 private:
  void on_data(bytes_view data, bool fin) override { handler_->on_data(data, fin); }
  void on_writable() override { handler_->on_writable(); }
  void on_closed(const error& reason) override;

  std::unique_ptr<byte_stream> inner_;  // none once the session ended it
  std::shared_ptr<std::set<session_stream*>> siblings_;
  stream_handler* handler_ = nullptr;
  std::optional<error> ended_;  // by the session
  bool done_ = false;           // the owner knows, or does not want to
};

}  // namespace mesh::p2p
