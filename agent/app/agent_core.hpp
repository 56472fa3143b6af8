// The agent itself: identity, account, link to the server, data plane and transfers, joined. The daemon keeps
// one; a command without a daemon makes one for itself.
#pragma once
#include "agent/app/home.hpp"
#include "agent/app/status_report.hpp"
#include "agent/config/agent_config.hpp"
#include "agent/control/message.hpp"
#include "core/base/error.hpp"
#include "core/io/loop.hpp"
#include "core/io/task_group.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace mesh::server_link {
class account;
class server_link;
}  // namespace mesh::server_link

namespace mesh::app {

class data_plane;

// One thread: that of the loop.
class agent_core {
 public:
  // Opens the state directory and reads who is signed in. Errors: state_locked, state_unreadable.
  static result<std::unique_ptr<agent_core>> make(io::loop& loop, const config::agent_config& config,
                                                  const config::environment& variables);
  ~agent_core();
  agent_core(const agent_core&) = delete;
  agent_core& operator=(const agent_core&) = delete;

  // Opens the UDP port and connects to the server, now and for as long as this lives. Errors: port_in_use,
  // io.
  result<void> start_node();
  // Serves one request of the CLI (docs/AGENT.md lists them). Unknown ones: kind_unknown.
  void handle(control::request r, std::shared_ptr<control::reply> to);
  // What the request "stop" does; without it that request is refused.
  void on_stop_request(std::function<void()> call);
  // Tells peers and server goodbye and ends every task.
  io::task<> stop();

  const std::string& device_id() const;
  status_report status() const;

 private:
  struct parts;
  agent_core(io::loop& loop, const config::agent_config& config, home own, p2p::known_peers known);

  std::unique_ptr<parts> parts_;
};

}  // namespace mesh::app
