// Requests of the CLI about files: those of sending_requests, receive, transfers, watch_transfers,
// transfer_control, answer, and what debug shows of the data plane.
#pragma once
#include "agent/app/file_services.hpp"
#include "agent/app/sending_requests.hpp"
#include "agent/control/message.hpp"

#include <memory>
#include <string_view>

namespace mesh::app {

class transfer_requests {
 public:
  explicit transfer_requests(const file_services& services) : with_(services), sending_(services) {}

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

  io::task<> control(control::request r, reply to);

  file_services with_;
  sending_requests sending_;
};

}  // namespace mesh::app
