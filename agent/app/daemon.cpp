#include "agent/app/daemon.hpp"

#include "agent/app/agent_core.hpp"
#include "agent/app/confinement.hpp"
#include "agent/control/control_server.hpp"
#include "agent/control/socket_place.hpp"
#include "agent/os/xdg.hpp"
#include "core/base/log.hpp"
#include "core/io/condition.hpp"
#include "core/io/loop.hpp"
#include "core/io/task_group.hpp"
#include "core/io/termination.hpp"

namespace mesh::app {
namespace {

constexpr std::string_view module = "app";

// The socket of XDG_RUNTIME_DIR, or our own when an agent of another state directory has that one already.
result<std::filesystem::path> open_socket(control::control_server& server,
                                          const std::filesystem::path& runtime,
                                          const std::filesystem::path& state) {
  const auto own = state / "agent.sock";
  auto path = control::preferred_socket(runtime, state);
  auto listening = server.listen(path);
  if (!listening && listening.error().code == errc::conflict && path != own) {
    path = own;
    listening = server.listen(path);
  }
  if (!listening) return pass(listening);
  if (auto published = control::publish_socket(state, path); !published) return pass(published);
  return path;
}

io::task<> until_stopped(io::termination& termination, io::task_group& watchers, io::condition& stopping) {
  bool stopped = false;
  watchers.spawn("signals", [](io::termination& termination, io::condition& tell, bool& flag) -> io::task<> {
    const int number = co_await termination.signal();
    log::info(module, "Stopping (signal {})", number);
    flag = true;
    tell.notify();
  }(termination, stopping, stopped));
  co_await stopping.wait();
  watchers.cancel();
}

}  // namespace

result<void> run_daemon(context& c) {
  confine_daemon(c.config, c.variables);
  io::loop loop;
  io::termination termination(loop.get_executor());
  io::task_group watchers(loop.get_executor(), std::string(module));
  io::condition stopping(loop.get_executor());
  auto core = agent_core::make(loop, c.config, c.variables);
  if (!core) return pass(core);
  for (const auto& warning : c.config.warnings) log::warn(module, "{}", warning);
  (*core)->on_stop_request([&] { stopping.notify(); });
  if (auto started = (*core)->start_node(); !started) return started;
  control::control_server server(loop.get_executor(),
                                 [&](control::request r, std::shared_ptr<control::reply> to) {
                                   (*core)->handle(std::move(r), std::move(to));
                                 });
  const auto state = os::state_dir(c.variables);
  const auto socket = open_socket(server, c.variables("XDG_RUNTIME_DIR").value_or(""), state);
  if (!socket) return std::unexpected(socket.error());
  log::info(module, "mesh-agent " MESH_VERSION " runs as {}; control socket {}", (*core)->device_id(),
            socket->string());
  loop.run(until_stopped(termination, watchers, stopping));
  server.close();
  control::unpublish_socket(state);
  loop.run((*core)->stop());
  log::info(module, "Stopped");
  return {};
}

}  // namespace mesh::app
