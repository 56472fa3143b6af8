// Sessions of this device with others: announces, connects, verifies, opens and closes. Carried by any dialer
// and connection; makes no system call.
#pragma once
#include "agent/p2p/close_code.hpp"
#include "agent/p2p/connection.hpp"
#include "agent/p2p/known_peers.hpp"
#include "agent/p2p/session_cache.hpp"
#include "agent/p2p/session_info.hpp"
#include "core/base/clock.hpp"
#include "core/capability/keyring.hpp"
#include "core/capability/replay_guard.hpp"

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace mesh::p2p {

// What happens to sessions, told on the network thread and never from inside a call to the node. Calling back
// into the node is fine; destroying it is not.
class node_observer {
 public:
  virtual ~node_observer() = default;
  // P2P_OK was sent or received: streams may be opened.
  virtual void on_session_open(const session_info& session) = 0;
  // The peer opened a stream (STREAM_OPEN was read; purpose fits the session's kind). initial: bytes that
  // came behind STREAM_OPEN, valid during the call; the owner of the stream calls consume() for them too. A
  // FIN that came with them is told again to the handler that is set.
  virtual void on_stream(const session_info& session, std::string_view purpose,
                         std::unique_ptr<byte_stream> stream, bytes_view initial) = 0;
  // No server for 15 minutes: stop moving bytes until on_session_resumed.
  virtual void on_session_paused(const session_info& session) = 0;
  virtual void on_session_resumed(const session_info& session) = 0;
  // Send p2p.session.renew for it; answer by node::renew().
  virtual void on_renewal_due(const session_info& session) = 0;
  // Its streams were told before. Last call about this session.
  virtual void on_session_closed(const session_info& session, const error& reason) = 0;
};

// keys: of the server, see node::set_keys. kinds: what this agent serves as a target; others are answered by
// kind_unknown. server_now: wall clock of the server. post: runs work later on the network thread.
// save_replay: keeps replay_guard::serialise() across restarts; a token is accepted only after it returned
// without error. known: the keys of the devices met so far, shared with those who show and accept them.
struct node_config {
  mesh::device_id device;
  std::string key_sha256;
  capability::keyring keys;
  std::vector<wire::session_kind> kinds = {wire::session_kind::file};
  std::function<wall_time()> server_now;
  std::function<steady_time()> now;
  std::function<void(std::move_only_function<void()>)> post;
  capability::replay_guard replay;
  std::function<result<void>(const std::string&)> save_replay;
  std::shared_ptr<known_peers> known = std::make_shared<known_peers>();
};

struct node_state;

class node final : public peer_authorizer {
 public:
  using connected = std::move_only_function<void(result<session_info>)>;

  // dial and observer outlive the node.
  node(node_config config, dialer& dial, node_observer& observer);
  node(const node&) = delete;
  node& operator=(const node&) = delete;
  ~node() override;

  // The signing keys of the server, after sign-in or a rotation.
  void set_keys(capability::keyring keys);

  // A session that the server told this device about. Must come before the initiator connects. Errors:
  // peer_key_changed; nobody is let in for it, nor dialed.
  result<void> announce(announced_session session);
  // Opens an announced session whose initiator this device is: an existing connection to that device is used,
  // otherwise the addresses are tried, each a little after the one before; the first that proves the right
  // key wins. then is called once, later. Errors: session_unknown, peer_key_changed (before anything is
  // sent), token_* of our own token, timed_out after
  // 10 s (with the addresses), connection_refused, peer_key_mismatch, key_refused, the code of P2P_DENY,
  // canceled.
  void connect(const mesh::session_id& id, std::vector<udp_address> addresses, connected then);

  // A stream of an open session, STREAM_OPEN queued on it. Errors: session_unknown, busy, connection_lost,
  // stalled while the session is paused.
  result<std::unique_ptr<byte_stream>> open_stream(const mesh::session_id& id, std::string_view purpose);

  // A renewed token from the server (p2p.session.renewed): the session goes on, and the peer is told. Errors:
  // session_unknown, token_*.
  result<void> renew(const mesh::session_id& id, std::string_view token);
  // The peer says that these are its addresses now: a connection to it that was dialed here and leads to none
  // of them moves to one that answers. When none does and the connection is silent, it ends, so that its
  // sessions can begin anew.
  void peer_moved(const mesh::device_id& peer, std::vector<udp_address> addresses);
  // This machine got or lost an address.
  void own_address_changed();

  // Ends a session, announced, connecting or open: its streams are reset.
  void close_session(const mesh::session_id& id, const error& reason = close_code::closed_here());
  // The server revoked it: as above with code 0x14.
  void revoke_session(const mesh::session_id& id, std::string_view reason);

  // Ends every connection, saying so to its peer.
  void close_connections();

  std::vector<session_info> sessions() const;
  const session_cache& cache() const noexcept { return cache_; }
  std::vector<connection_stats> stats() const;

  // A device dialed us and proved its key.
  void accept(std::unique_ptr<connection> incoming);
  // Deadlines and leases; to be called about four times a second while it returns true.
  bool tick();

  bool allows(std::string_view key_sha256) const override;
  bool expects_anybody() const override;

 private:
  session_cache cache_;
  std::unique_ptr<node_state> state_;
};

}  // namespace mesh::p2p
