// The inside of node. Included by node*.cpp only.
#pragma once
#include "agent/p2p/address_search.hpp"
#include "agent/p2p/control_stream.hpp"
#include "agent/p2p/handshake.hpp"
#include "agent/p2p/node.hpp"
#include "agent/p2p/session_lease.hpp"
#include "agent/p2p/session_stream.hpp"

#include <list>
#include <map>
#include <optional>

namespace mesh::p2p {

// A session that said P2P_OK.
struct open_session {
  session_info info;
  std::uint64_t link = 0;  // number of the connection it runs on
  std::unique_ptr<control_stream> control;
  session_streams streams;
  session_lease lease;
};

// A session that is over, and whose owner has not been told yet.
struct ended_session {
  session_info info;
  session_streams streams;
  error reason;
};

// An initiator on its way: waiting for a connection, then for the answer to its P2P_HELLO.
struct connect_attempt {
  session_info info;  // of our own, verified token
  std::vector<udp_address> addresses;
  node::connected then;
  steady_time deadline;
  std::uint64_t link = 0;  // 0: none yet
  // Of a connection that was there before: when P2P_HELLO went out on it, and how many packets had come by
  // then.
  bool link_was_old = false;
  steady_time hello_at;
  std::uint64_t packets_before = 0;
  std::unique_ptr<control_stream> control;
};

// The addresses of one device being tried, for every attempt that waits for a connection to it.
struct dialing {
  std::vector<udp_address> untried;
  std::vector<udp_address> tried;
  std::vector<std::uint64_t> under_way;
  steady_time next_at;
  std::optional<error> failure;  // the most telling one so far
};

// A stream of the peer whose first message has not been read yet.
struct unnamed_stream {
  std::unique_ptr<control_stream> stream;
  steady_time deadline;
};

class peer_link;

struct node_state {
  node_state(node_config c, dialer& d, node_observer& o, session_cache& announced)
      : config(std::move(c)), dial(d), observer(o), cache(announced) {}

  // node_connect.cpp: the initiator
  void connect(const mesh::session_id& id, std::vector<udp_address> addresses, node::connected then);
  void start_attempt(connect_attempt& attempt);
  void start_dialing(const connect_attempt& attempt);
  void dial_next(const std::string& key);
  void on_dialed(const std::string& key, const udp_address& address, std::uint64_t number,
                 result<std::unique_ptr<connection>> outcome);
  void start_hello(connect_attempt& attempt, peer_link& link);
  void on_answer(const mesh::session_id& id, const wire::p2p_message& answer);
  void on_control_lost(const mesh::session_id& id, const error& reason);
  bool silent(const connect_attempt& attempt, steady_time now) const;
  void leave_silent_link(const mesh::session_id& id);
  void fail_attempt(const mesh::session_id& id, error reason);
  void fail_dialing(const std::string& key);
  void tick_connecting(steady_time now);

  // node_peer.cpp: connections, and what comes in on them
  peer_link& add_link(std::unique_ptr<connection> c);
  peer_link* link_to(std::string_view key);
  void on_link_stream(peer_link& link, std::unique_ptr<byte_stream> stream);
  void on_link_datagram(peer_link& link, bytes_view data);
  void on_link_closed(peer_link& link, const error& reason);
  void on_first_message(peer_link& link, control_stream& stream, wire::p2p_message message);
  void on_hello(peer_link& link, control_stream& stream, const wire::p2p_hello& hello);
  result<capability::claims> judge(peer_link& link, const wire::p2p_hello& hello);
  void on_stream_open(peer_link& link, control_stream& stream, const wire::stream_open& message);
  void on_peer_renewal(const mesh::session_id& id, const wire::session_renew& message);
  void tick_links(steady_time now);

  // node_paths.cpp: peers that change their addresses
  void peer_moved(const mesh::device_id& peer, std::vector<udp_address> addresses);
  void search(peer_link& link, steady_time now);
  void tick_searches(steady_time now);

  // node.cpp: sessions
  open_session& open(session_info info, std::uint64_t link, std::unique_ptr<control_stream> control);
  void watch_control(open_session& session);
  void close(const mesh::session_id& id, std::uint64_t code, const error& reason);
  void forget(const mesh::session_id& id, const error& reason);
  void tell_ended();
  result<capability::claims> verify_renewal(const open_session& session, std::string_view token) const;
  void renewed(open_session& session, const capability::claims& claims, std::string_view token);
  result<void> renew_announced(const announced_session& known, std::string_view token);
  void renew_in_cache(const capability::claims& claims, std::string_view token);
  void update_keep_alive(std::uint64_t link);
  void tick_sessions(steady_time now);
  result<void> check_key(const capability::party& peer, const mesh::session_id& session) const;
  // Destroys later what may be in use further up the stack.
  template <class T>
  void bury(T thing) {
    if (thing) config.post([held = std::move(thing)] {});
  }
  // Runs work later unless the node is gone by then.
  void later(std::move_only_function<void()> work);

  node_config config;
  dialer& dial;
  node_observer& observer;
  session_cache& cache;
  std::map<std::uint64_t, std::unique_ptr<peer_link>> links;
  std::map<mesh::session_id, open_session> sessions;
  std::vector<ended_session> untold;
  std::map<mesh::session_id, connect_attempt> attempts;
  std::map<std::string, dialing, std::less<>> dials;  // by key_sha256
  std::uint64_t last_link = 0;
  wall_time refused_until{};  // when the last session that was refused for its peer's key is over
  std::shared_ptr<int> alive = std::make_shared<int>(0);
};

// One connection, with the streams of the peer that have not said yet what they are.
class peer_link final : public connection_handler {
 public:
  peer_link(node_state& owner, std::uint64_t number, std::unique_ptr<connection> c);

  // Proven by TLS, or by the P2P_HELLO of a browser; empty before that.
  const std::string& key() const { return key_; }
  void prove(std::string key) { key_ = std::move(key); }
  connection& carrier() { return *connection_; }
  const connection& carrier() const { return *connection_; }

  const std::uint64_t number;
  const steady_time since;
  bool dismissed = false;  // for want of a P2P_HELLO
  std::list<unnamed_stream> unnamed;
  std::vector<udp_address> addresses_told;  // by the peer, the last time
  struct moving {
    address_search search;
    std::uint64_t packets_before;
  };
  std::optional<moving> move;

 private:
  void on_stream(std::unique_ptr<byte_stream> stream) override;
  void on_datagram(bytes_view data) override;
  void on_closed(const error& reason) override;

  node_state& owner_;
  std::unique_ptr<connection> connection_;
  std::string key_;
};

}  // namespace mesh::p2p
