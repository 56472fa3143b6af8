// The WebSocket side of the server: who may open one, and the services behind its events.
#pragma once
#include "core/io/task_group.hpp"
#include "core/net/http_server.hpp"
#include "server/app/backend.hpp"
#include "server/ws/router.hpp"
#include "server/ws/session.hpp"

namespace mesh::app {

class sockets final : public ws::session_backend {
 public:
  // with outlives this; so does every task of background, in which presence is told.
  sockets(backend& with, io::task_group& background);

  // Of an upgrade request, before anything is accepted.
  io::task<net::ws_decision> decide(net::http_request request);

  io::task<result<ws::greeting>> greet(ws::identity who, wire::event hello) override;
  void came(const ws::identity& who) override;
  void went(const ws::identity& who) override;
  void lost(const ws::identity& who, std::vector<wire::terminal_offer> terminals) override;
  void count_event_in() override;

 private:
  net::ws_decision decide_relay(const net::http_request& request);
  void tell_presence(const ws::identity& who, bool online);

  backend& with_;
  io::task_group& background_;
  ws::router routes_;
};

}  // namespace mesh::app
