// The daemon's side of the control socket: accepts, checks who calls, reads requests, writes answers.
#pragma once
#include "agent/control/message.hpp"
#include "agent/control/peer_identity.hpp"
#include "core/base/error.hpp"
#include "core/io/task.hpp"

#include <filesystem>
#include <memory>

namespace mesh::control {

class control_server {
 public:
  // Every call and every handler runs on the thread of on.
  control_server(const io::executor& on, handler serve, peer_check check = same_user);
  ~control_server();
  control_server(const control_server&) = delete;
  control_server& operator=(const control_server&) = delete;

  // Listens at path (mode 0600; its folder is made with 0700). A dead socket left behind is replaced.
  // Errors: conflict when another process answers there, address_invalid when the path is too long, io.
  result<void> listen(const std::filesystem::path& path);

  // Stops accepting, closes every connection and removes the socket.
  void close();
  std::size_t connections() const;

 private:
  struct state;
  std::shared_ptr<state> state_;
};

}  // namespace mesh::control
