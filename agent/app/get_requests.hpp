// The request of the CLI to fetch something from another machine of the same person.
#pragma once
#include "agent/app/asker_presence.hpp"
#include "agent/app/data_plane.hpp"
#include "agent/control/message.hpp"
#include "agent/server_link/account.hpp"
#include "agent/server_link/server_link.hpp"
#include "core/io/task_group.hpp"

#include <memory>
#include <string>

namespace mesh::app {

class get_requests {
 public:
  // serves_others: a daemon, whose standard output is not that of the one who asks.
  get_requests(server_link::account& account, server_link::server_link& link, data_plane& plane,
               io::task_group& tasks, bool serves_others)
      : account_(account), link_(link), plane_(plane), tasks_(tasks), serves_others_(serves_others) {}

  // False when the request is not this one.
  bool handle(const control::request& r, const std::shared_ptr<control::reply>& to);

 private:
  using reply = std::shared_ptr<control::reply>;
  struct attempt;

  io::task<> get(control::request r, reply to);
  // One connection. began: set once the other side agreed, so that a cut later is worth another try.
  io::task<result<transfer_record>> fetch(std::shared_ptr<attempt> now, reply to);

  server_link::account& account_;
  server_link::server_link& link_;
  data_plane& plane_;
  io::task_group& tasks_;
  bool serves_others_;
};

}  // namespace mesh::app
