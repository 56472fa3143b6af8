// What requests of the CLI about files work with; all of it outlives them.
#pragma once
#include "agent/app/data_plane.hpp"
#include "agent/app/outbox_runner.hpp"
#include "agent/server_link/account.hpp"
#include "agent/server_link/server_link.hpp"
#include "core/io/task_group.hpp"

namespace mesh::app {

struct file_services {
  server_link::account& account;
  server_link::server_link& link;
  data_plane& plane;
  outbox_runner& outbox;
  io::task_group& tasks;
  // A daemon, whose standard output is not that of the one who asks, and which goes on when the one who asked
  // is gone.
  bool serves_others;
};

}  // namespace mesh::app
