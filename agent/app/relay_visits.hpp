// Goes to the server's relay of last resort when a page that cannot reach this machine waits there, and
// carries the messages of their connection.
#pragma once
#include "agent/app/data_plane.hpp"
#include "agent/server_link/server_link.hpp"
#include "core/io/condition.hpp"
#include "core/io/task_group.hpp"
#include "core/net/http_client.hpp"

#include <memory>

namespace mesh::app {

// One thread. Everything given outlives it, and it outlives tasks.
class relay_visits {
 public:
  relay_visits(server_link::server_link& link, net::http_client& http, data_plane& plane,
               io::task_group& tasks)
      : link_(link), http_(http), plane_(plane), tasks_(tasks) {}

  // p2p.relay.created; false when the event is about something else.
  bool take_event(const wire::event& e);

 private:
  struct visit;
  io::task<> go(std::shared_ptr<visit> v, std::string address);
  static io::task<> write_all(std::shared_ptr<visit> v);

  server_link::server_link& link_;
  net::http_client& http_;
  data_plane& plane_;
  io::task_group& tasks_;
};

}  // namespace mesh::app
