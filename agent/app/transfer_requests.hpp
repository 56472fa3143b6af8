// Requests of the CLI about files: those of sending_requests, receive, transfers, watch_transfers,
// transfer_control, answer, and what debug shows of the data plane.
#pragma once
#include "agent/app/data_plane.hpp"
#include "agent/app/outbox_runner.hpp"
#include "agent/app/sending_requests.hpp"
#include "agent/control/message.hpp"
#include "agent/server_link/account.hpp"
#include "agent/server_link/server_link.hpp"
#include "core/io/task_group.hpp"

#include <memory>
#include <string_view>

namespace mesh::app {

class transfer_requests {
 public:
  // serves_others: a daemon, whose standard output is not that of the one who asks, and which goes on when
  // the one who asked is gone.
  transfer_requests(server_link::account& account, server_link::server_link& link, data_plane& plane,
                    outbox_runner& outbox, io::task_group& tasks, bool serves_others);

  // True for every request that handle() serves.
  static bool knows(std::string_view type);
  // False when the request is not one of these.
  bool handle(const control::request& r, const std::shared_ptr<control::reply>& to);

 private:
  using reply = std::shared_ptr<control::reply>;

  io::task<> receive(control::request r, reply to);
  void answer(const control::request& r, control::reply& to);
  void renew_certificates(control::reply& to);
  void list(control::reply& to) const;
  void watch(const reply& to);
  void text(const control::request& r, control::reply& to) const;

  void control(const control::request& r, control::reply& to);

  server_link::account& account_;
  server_link::server_link& link_;
  data_plane& plane_;
  outbox_runner& outbox_;
  io::task_group& tasks_;
  bool serves_others_;
  sending_requests sending_;
};

}  // namespace mesh::app
