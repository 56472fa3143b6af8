// The request of the CLI that measures round trips to another machine: ping.
#pragma once
#include "agent/app/data_plane.hpp"
#include "agent/control/message.hpp"
#include "agent/server_link/account.hpp"
#include "agent/server_link/server_link.hpp"
#include "core/io/task_group.hpp"

#include <memory>

namespace mesh::app {

class ping_requests {
 public:
  ping_requests(server_link::account& account, server_link::server_link& link, data_plane& plane,
                io::task_group& tasks)
      : account_(account), link_(link), plane_(plane), tasks_(tasks) {}

  // False when the request is not this one.
  bool handle(const control::request& r, const std::shared_ptr<control::reply>& to);

 private:
  using reply = std::shared_ptr<control::reply>;
  io::task<> ping(control::request r, reply to);
  // Over the connected session; the round trips in milliseconds.
  io::task<result<std::vector<double>>> measure(std::string session_id, std::int64_t count,
                                                std::chrono::milliseconds interval, reply to);

  server_link::account& account_;
  server_link::server_link& link_;
  data_plane& plane_;
  io::task_group& tasks_;
};

}  // namespace mesh::app
