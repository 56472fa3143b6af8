// Requests of the CLI that send: send, which asks the server for its sessions, and send_file in one that
// exists.
#pragma once
#include "agent/app/asker_presence.hpp"
#include "agent/app/file_services.hpp"
#include "agent/control/message.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace mesh::app {

class sending_requests {
 public:
  explicit sending_requests(const file_services& services) : with_(services) {}

  // True for every request that handle() serves.
  static bool knows(std::string_view type);
  // False when the request is not one of these.
  bool handle(const control::request& r, const std::shared_ptr<control::reply>& to);

 private:
  using reply = std::shared_ptr<control::reply>;
  struct following;

  io::task<> send(control::request r, reply to);
  io::task<> send_file(control::request r, reply to);
  // Connects and sends the file; ends early, with canceled, when the asker goes.
  io::task<result<void>> send_all(outgoing_session session, std::string path,
                                  std::optional<std::uint64_t> rate, reply to);
  void follow(const std::shared_ptr<following>& now, const reply& to, transfer_change change,
              const transfer_record& record);
  io::task<> tell_failed(std::shared_ptr<following> now, reply to, transfer_record record);
  io::task<> tell_waiting(std::string id, reply to);
  // Sends one file and reports it.
  io::task<result<void>> send_one(std::string session_id, std::string path, std::optional<std::uint64_t> rate,
                                  reply to, asker_presence& asker);

  file_services with_;
};

}  // namespace mesh::app
