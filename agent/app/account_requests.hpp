// Requests of the CLI about the account: login, enroll, logout, and REST calls in its name.
#pragma once
#include "agent/control/message.hpp"
#include "agent/server_link/account.hpp"
#include "core/io/task_group.hpp"

#include <memory>

namespace mesh::app {

class account_requests {
 public:
  account_requests(server_link::account& account, io::task_group& tasks) : account_(account), tasks_(tasks) {}

  // False when the request is not one of these.
  bool handle(const control::request& r, const std::shared_ptr<control::reply>& to);

 private:
  io::task<> login(control::request r, std::shared_ptr<control::reply> to);
  io::task<> enroll(control::request r, std::shared_ptr<control::reply> to);
  io::task<> logout(std::shared_ptr<control::reply> to);
  io::task<> rest(control::request r, std::shared_ptr<control::reply> to);
  void tell_signed_in(const result<void>& outcome, control::reply& to) const;

  server_link::account& account_;
  io::task_group& tasks_;
};

}  // namespace mesh::app
