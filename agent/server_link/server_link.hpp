// The standing connection to the server: keeps it up, says hello, acknowledges, delivers events.
#pragma once
#include "agent/server_link/account.hpp"
#include "agent/server_link/link_state.hpp"
#include "core/io/condition.hpp"
#include "core/io/task.hpp"
#include "core/net/http_client.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace mesh::net {
class ws_channel;
}

namespace mesh::server_link {

// What the link asks and tells; all on the network thread.
struct link_calls {
  // The present port and addresses of this machine.
  std::function<hello_facts()> facts;
  // Every event but the greeting. A session of p2p.session.created must be stored when this returns: the
  // acknowledgement follows at once.
  std::function<void(const wire::event&)> on_event;
  std::function<void(const wire::system_welcome&)> on_online;
  std::function<void(const error&)> on_offline;
};

// One thread. Everything given outlives it.
class server_link {
 public:
  // ws_address: the configured one; empty: derived from the account's server ("ws://HOST/ws").
  server_link(const io::executor& on, account& who, net::http_client& http, std::string ws_address,
              link_calls calls);
  ~server_link();

  // Connects, stays connected, for ever; waits while nobody is signed in. Ends by cancellation.
  io::task<> run();

  // Another account, or the network changed: drop the connection and try now.
  void restart();
  // The way to the server is another one: what is open is given up, what waits for its time tries now.
  void reconnect();
  // Sends an event. False while offline.
  bool send(wire::event e);

  const link_state& state() const { return state_; }
  // Where the server's relay is, beside its /ws.
  std::string relay_address() const;
  // Wall clock of the server.
  wall_time server_now() const { return wall_now() + state_.clock_offset(); }
  // Returns when online, or with the reason why that did not come about in time. Errors: not_logged_in at
  // once; else the last error, or server_unreachable.
  io::task<result<void>> wait_online(std::chrono::milliseconds at_most);

 private:
  io::task<result<void>> connect_once();
  io::task<result<void>> converse();
  io::task<result<std::string>> upgrade();
  result<void> take(const std::string& text);
  std::string ws_address() const;

  account& account_;
  net::http_client& http_;
  std::string ws_address_;
  link_calls calls_;
  link_state state_;
  std::unique_ptr<net::ws_channel> channel_;
  io::condition woken_;    // restart(), reconnect(), sign-in
  io::condition changed_;  // the phase changed
  bool restart_wanted_ = false;
};

}  // namespace mesh::server_link
