// The sessions of the data plane: the p2p node, what the server announced to it, and the streams in them.
#pragma once
#include "agent/app/announced_peers.hpp"
#include "agent/app/home.hpp"
#include "agent/config/agent_config.hpp"
#include "agent/p2p/close_code.hpp"
#include "agent/p2p/quic/p2p_node.hpp"
#include "agent/p2p/relay/link.hpp"
#include "agent/share/transfer.hpp"
#include "core/capability/keyring.hpp"
#include "core/io/loop.hpp"
#include "core/io/task.hpp"
#include "core/io/task_group.hpp"
#include "core/wire/payloads.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mesh::app {

// A session this agent starts. addresses: tried in order. and_candidates: those that the server told of the
// peer, too.
struct outgoing_session {
  std::string session_id;
  secret token;
  std::vector<wire::endpoint_info> addresses;
  bool and_candidates = false;
};

// One thread.
class plane_sessions {
 public:
  // peers: who the sessions are with. known: keys of the devices met so far. What is referred to outlives
  // this.
  plane_sessions(io::executor on, const home& own, announced_peers& peers,
                 std::shared_ptr<p2p::known_peers> known);
  plane_sessions(const plane_sessions&) = delete;
  plane_sessions& operator=(const plane_sessions&) = delete;

  // Binds the UDP port: the configured one, else the one of last time, else a free one. observer: hears of
  // sessions and streams. rotated: the certificates for browsers are others. Errors: port_in_use, io.
  result<void> start(const config::agent_config& config, p2p::node_observer& observer,
                     std::function<void()> rotated);
  // Only after start().
  quic::p2p_node& node() const { return *node_; }
  std::uint16_t port() const { return node_->port(); }

  // The server's signing keys and its clock against ours.
  void trust(const std::vector<wire::signing_key_info>& keys, std::chrono::milliseconds clock_offset);
  // By the clock that nobody sets: this machine's may jump while a session runs.
  wall_time server_now() const;
  // p2p.session.* and p2p.candidates; false when the event is about something else.
  bool take_event(const wire::event& e);
  // This machine got or lost an address.
  void own_address_changed() { node_->own_address_changed(); }
  // What a page is told of the certificates with which browsers reach this machine, signed by the device key.
  wire::webtransport_info webtransport() const;
  // See p2p_node::renew_browser_certificates.
  result<void> renew_certificates() { return node_->renew_browser_certificates(); }

  // Finds the peer, proves both sides to each other and shows the token. Errors: those of the dial and the
  // handshake, P2P_DENY's code.
  io::task<result<void>> connect(outgoing_session session);
  std::optional<p2p::session_info> find(std::string_view session_id) const;
  // A stream in a session in which this side sends. Errors: session_unknown, capability_denied.
  struct outgoing_stream {
    std::unique_ptr<p2p::byte_stream> stream;
    share::peer_identity peer;
  };
  result<outgoing_stream> open(const std::string& session_id, std::string_view purpose);
  // A stream of a connected session on which the other side sends back what it gets.
  result<std::unique_ptr<p2p::byte_stream>> open_ping(const std::string& session_id);
  // Where the other side of a connected session is; empty when it is not connected.
  std::string address_of(const std::string& session_id) const;
  // A page of an announced session waits at the server's relay: this machine's end of it, for whoever carries
  // its messages. wake: see relay::link. Errors: session_unknown.
  result<std::shared_ptr<relay::link>> meet_at_relay(const std::string& session_id,
                                                     std::function<void()> wake);

  // reason: what the other side is told, as far as it has a code of close_code.hpp.
  void close_session(const std::string& session_id, const error& reason = p2p::close_code::closed_here());
  // Nobody here is signed in any more: every session ends.
  void end_all(const error& reason);
  // Ends every session and connection; the peers are told.
  io::task<> close();

 private:
  result<std::unique_ptr<quic::p2p_node>> bind(std::uint16_t port, config::congestion_mode cc,
                                               p2p::node_observer& observer,
                                               const std::function<void()>& rotated);
  result<void> announce(const wire::event& e);
  void end(const wire::p2p_session_revoked& told);
  io::task<> end_later(mesh::session_id id);
  void peer_moved(const wire::event& e);

  io::executor on_;
  const home& own_;
  announced_peers& peers_;
  std::shared_ptr<p2p::known_peers> known_;
  std::unique_ptr<quic::p2p_node> node_;
  capability::keyring keys_;
  io::task_group endings_;              // of sessions whose other side has a moment to say why
  wall_time server_then_ = wall_now();  // when trust() was called
  std::chrono::nanoseconds then_;
};

}  // namespace mesh::app
