// A relayed connection as the sessions see it.
#pragma once
#include "agent/p2p/relay/link.hpp"

namespace mesh::relay {

class relayed_connection final : public p2p::connection {
 public:
  relayed_connection(std::shared_ptr<link> on, const p2p::key_challenge& challenge)
      : link_(std::move(on)), challenge_(challenge) {}
  ~relayed_connection() override {
    link_->set_handler(nullptr);
    link_->close({errc::connection_lost, "given up here", {}});
  }

  void set_handler(p2p::connection_handler* handler) override { link_->set_handler(handler); }
  const std::string& peer_key_sha256() const override { return no_key_; }
  std::optional<p2p::key_challenge> challenge() const override { return challenge_; }
  p2p::udp_address peer_address() const override { return {}; }
  bool relayed() const override { return true; }
  bool dialed() const override { return false; }
  // Nobody binds a token to it but by the challenge, which is of this very connection.
  result<p2p::channel_binding> exporter(std::string_view, std::string_view) const override {
    return challenge_.nonce;
  }
  result<std::unique_ptr<p2p::byte_stream>> open_stream() override { return link_->open_stream(); }
  void keep_alive(bool) override {}  // the WebSocket beneath pings
  void close(std::uint64_t, std::string_view reason) override {
    link_->close({errc::connection_lost, "closed here: " + std::string(reason), {}});
  }
  p2p::connection_stats stats() const override { return link_->stats(); }

 private:
  std::shared_ptr<link> link_;
  p2p::key_challenge challenge_;
  const std::string no_key_;
};

}  // namespace mesh::relay
