// The CLI's side of the control socket. Blocking: a command has nothing else to do.
#pragma once
#include "agent/control/message.hpp"
#include "agent/control/message_reader.hpp"
#include "core/base/error.hpp"

#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <string_view>
#include <vector>

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
  // daemon answered; daemon_not_running when it went away.
  result<wire::json_object> call(std::string_view type, wire::json_object payload,
                                 const event_call& on_event = {});
  // Sends a request whose answer is not waited for. From any thread, also while call() runs.
  void tell(std::string_view type, wire::json_object payload);
  // The call() that runs ends with daemon_not_running; what tell() sent before still arrives. From any
  // thread.
  void hang_up();

 private:
  explicit control_client(int socket);
  result<void> write_all(bytes_view data);
  result<answer> read_answer();

  int socket_ = -1;
  std::unique_ptr<std::mutex> writing_;
  std::atomic<std::int64_t> next_id_{1};
  std::vector<std::byte> input_;
  message_reader reader_;  // looks into input_
  part_joiner parts_;
};

}  // namespace mesh::control
