// The data plane of an agent in one object: a QUIC endpoint, and the sessions on it. What the program starts.
#pragma once
#include "agent/p2p/node.hpp"
#include "agent/p2p/quic/congestion.hpp"
#include "core/crypto/sha256.hpp"
#include "core/crypto/sign.hpp"
#include "core/io/task.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace mesh::quic {

// What makes the endpoint serve browsers too: those for whose page the server announced a session.
// on_rotation: the certificates are others from now on.
struct browser_service {
  std::function<void()> on_rotation;
};

// port: UDP, v4 and v6; 0 = a free one. loopback_only: bind 127.0.0.1 and ::1 instead of every address.
// node: device, keys, kinds, clocks and replay memory; key_sha256, now and post are filled in here.
struct p2p_options {
  std::uint16_t port = 0;
  bool loopback_only = false;
  congestion control = congestion::automatic;
  p2p::node_config node;
  std::optional<browser_service> browsers;
};

// One thread: that of the executor.
class p2p_node {
 public:
  // Errors: port_in_use (says which option changes it), io. observer outlives the object.
  static result<std::unique_ptr<p2p_node>> start(const io::executor& on,
                                                 const crypto::signing_key& device_key, p2p_options options,
                                                 p2p::node_observer& observer);
  p2p_node(const p2p_node&) = delete;
  p2p_node& operator=(const p2p_node&) = delete;
  // Closes every connection (code 0) and the sockets.
  ~p2p_node();

  // The UDP port in use: what hello tells the server.
  std::uint16_t port() const noexcept;

  // p2p.session.created, or announced_by_token(). See p2p::node::announce.
  result<void> announce_session(p2p::announced_session session);
  // See p2p::node::connect. Cancelling the task gives the attempt up.
  io::task<result<p2p::session_info>> connect(mesh::session_id id, std::vector<p2p::udp_address> addresses);
  // A connection that came another way than by this socket.
  void accept(std::unique_ptr<p2p::connection> incoming);
  result<std::unique_ptr<p2p::byte_stream>> open_stream(const mesh::session_id& id, std::string_view purpose);
  result<void> renew(const mesh::session_id& id, std::string_view token);
  void peer_moved(const mesh::device_id& peer, std::vector<p2p::udp_address> addresses);
  void own_address_changed();
  void close_session(const mesh::session_id& id, const error& reason = p2p::close_code::closed_here());
  // Ends every connection; returns when their peers have heard of it, or soon.
  io::task<> close_connections();
  void revoke_session(const mesh::session_id& id, std::string_view reason);
  void set_keys(capability::keyring keys);
  // SHA-256 of the certificate that browsers see now, and of the one that follows it; empty without
  // browser_service. What hello tells the server.
  std::vector<crypto::sha256_digest> browser_hashes() const;
  // server_now says something new, maybe after a long sleep or under a clock that was wrong: certificates
  // whose time has come change now.
  void server_time_learned();
  // Makes both anew, before their time: connections that are there stay, the next ones see the new one. Tells
  // on_rotation. Errors: internal.
  result<void> renew_browser_certificates();

  std::vector<p2p::session_info> sessions() const;
  const p2p::session_cache& cache() const;
  std::vector<p2p::connection_stats> stats() const;

 private:
  struct state;
  explicit p2p_node(std::shared_ptr<state> s);
  std::shared_ptr<state> state_;
};

}  // namespace mesh::quic
