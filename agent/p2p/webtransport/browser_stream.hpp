// A stream of a WebTransport session as the rest of the agent sees it, over the QUIC stream that carries it.
#pragma once
#include "agent/p2p/byte_stream.hpp"

#include <functional>
#include <memory>
#include <optional>

namespace mesh::webtransport {

using poster = std::function<void(std::move_only_function<void()>)>;

// Why a session is over, for its streams: without it they know only that the connection was closed.
using session_fate = std::shared_ptr<std::optional<error>>;

class browser_stream final : public p2p::byte_stream, private p2p::stream_handler {
 public:
  // raw: its preamble was read or is queued. early: what came behind the preamble, not consumed yet.
  browser_stream(std::unique_ptr<p2p::byte_stream> raw, poster post, session_fate fate,
                 bytes_view early = {});
  ~browser_stream() override;

  void set_handler(p2p::stream_handler* handler) override;
  std::size_t writable() const override { return raw_->writable(); }
  void write(p2p::shared_bytes data) override { raw_->write(std::move(data)); }
  void finish() override;
  void consume(std::size_t count) override { raw_->consume(count); }
  // code: below 2^32.
  void reset(std::uint64_t code) override;
  std::int64_t id() const noexcept override { return raw_->id(); }

 private:
  void on_data(bytes_view data, bool fin) override;
  void on_writable() override;
  void on_closed(const error& reason) override;
  void tell_later();
  void tell();

  std::unique_ptr<p2p::byte_stream> raw_;
  poster post_;
  session_fate fate_;
  p2p::stream_handler* handler_ = nullptr;
  bytes early_;  // came while no handler was set
  bool fin_ = false;
  bool fin_told_ = false;
  bool room_due_ = false;
  bool over_ = false;  // finished or reset here
  std::optional<error> reason_;
  std::shared_ptr<int> alive_ = std::make_shared<int>(0);
};

}  // namespace mesh::webtransport
