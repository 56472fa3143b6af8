// The target's end of a relayed connection: the handshake, then sealed frames of streams. No I/O: messages
// in, messages out. The rest of the agent gets a p2p::connection.
#pragma once
#include "agent/p2p/relay/handshake.hpp"
#include "agent/p2p/relay/lanes.hpp"
#include "agent/p2p/relay/sealed.hpp"

namespace mesh::relay {

// One thread. Shared by whoever carries the messages and by the connection.
class link : public std::enable_shared_from_this<link> {
 public:
  // post: runs work later on the network thread. wake: next() has something, or over() became true.
  // connected: both ends proved their keys; called once.
  struct calls {
    poster post;
    std::function<void()> wake;
    std::function<void(std::unique_ptr<p2p::connection>)> connected;
  };
  // device outlives this.
  link(const p2p::announced_session& session, const crypto::signing_key& device, calls then,
       crypto::p256_exchange own = crypto::p256_exchange::generate());

  // A message of the relay. Errors: handshake_failed, peer_key_mismatch, bad_message, bad_frame; everything
  // is over then.
  result<void> take(bytes_view message);
  std::optional<bytes> next();
  // What carried it is gone.
  void lost(const error& reason);
  // Nothing will come from next() any more.
  bool over() const noexcept { return phase_ == phase::over; }

  // Of the connection.
  void set_handler(p2p::connection_handler* handler);
  result<std::unique_ptr<p2p::byte_stream>> open_stream();
  void close(const error& reason);
  const p2p::connection_stats& stats() const noexcept { return stats_; }

 private:
  enum class phase : std::uint8_t { opening, proving, open, over };
  result<void> step(bytes_view message);
  result<void> begin(session_keys keys);
  void end(const error& reason);

  calls calls_;
  answering handshake_;
  phase phase_ = phase::opening;
  std::optional<bytes> answer_;
  std::optional<sealer> out_;
  std::optional<opener> in_;
  std::shared_ptr<lanes> lanes_;
  p2p::connection_handler* handler_ = nullptr;
  std::vector<std::unique_ptr<p2p::byte_stream>> early_;  // before anybody holds the connection
  std::optional<error> untold_;
  p2p::connection_stats stats_;
};

}  // namespace mesh::relay
