// The CLI's side of the control socket. Blocking: a command has nothing else to do.
#pragma once
#include "agent/control/frame_splitter.hpp"
#include "agent/control/message.hpp"
#include "core/base/error.hpp"

#include <filesystem>
#include <functional>
#include <string_view>

namespace mesh::control {

class control_client {
 public:
  // Errors: daemon_not_running.
  static result<control_client> connect(const std::filesystem::path& socket);
  control_client(control_client&& other) noexcept;
  control_client& operator=(control_client&& other) noexcept;
  ~control_client();

  using event_call = std::function<void(const answer&)>;
  // Sends one request, hands its events to on_event and returns the payload of "done". Errors: the one the
  // daemon answered; connection_lost when it went away.
  result<wire::json_object> call(std::string_view type, wire::json_object payload,
                                 const event_call& on_event = {});
  // Makes a running call() end soon. May be called from a signal handler.
  void cancel() noexcept;

 private:
  explicit control_client(int socket) : socket_(socket) {}
  result<void> write_all(std::string_view data);
  result<answer> read_answer();

  int socket_ = -1;
  std::int64_t next_id_ = 1;
  frame_splitter splitter_;
};

}  // namespace mesh::control
