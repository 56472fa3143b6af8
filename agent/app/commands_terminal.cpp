#include "agent/app/commands.hpp"
#include "agent/app/own_window.hpp"
#include "agent/app/share_window.hpp"
#include "agent/app/socket_asker.hpp"
#include "agent/app/table.hpp"
#include "agent/app/terminal.hpp"
#include "agent/app/token_input.hpp"
#include "agent/app/view_window.hpp"
#include "agent/app/window_event.hpp"
#include "agent/app/window_socket.hpp"
#include "agent/control/socket_place.hpp"
#include "agent/os/xdg.hpp"
#include "core/base/escape.hpp"
#include "core/base/limits.hpp"
#include "core/text/catalogue.hpp"

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <optional>
#include <thread>
#include <unistd.h>

#include <fmt/format.h>

namespace mesh::app {
namespace {

using text::tr;

// Longer than a daemon takes to start anew.
constexpr auto again_after = std::chrono::seconds(2);

bool has_window(const context& c) {
  return !c.asked.detach && is_terminal(STDIN_FILENO) && is_terminal(STDOUT_FILENO);
}

// What the programs in there are told of their terminal.
std::vector<std::string> variables_for(const context& c) {
  std::vector<std::string> out{"MESH_TERMINAL=1"};
  const auto term = c.variables("TERM").value_or("");
  if (term.empty() || term == "dumb") out.emplace_back("TERM=xterm-256color");
  return out;
}

// Goes on without the window that it was started in. False in the process that stays there.
bool leave_window() {
  const auto child = ::fork();
  if (child != 0) return false;
  ::setsid();
  const int nothing = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) ::dup2(nothing, fd);
  return true;
}

result<std::unique_ptr<asker>> daemon_of(const context& c) {
  const auto place = control::published_socket(os::state_dir(c.variables));
  if (!place) return fail(errc::daemon_not_running);
  return connect_daemon(*place);
}

// One word for sh, whatever it holds.
std::string shell_word(std::string_view word) {
  std::string out = "'";
  for (const char c : word) out += c == '\'' ? "'\\''" : std::string(1, c);
  return out + "'";
}

// What runs in the terminal. ssh and tmux find their keys, agents and sockets as in the person's own shell:
// none of that leaves this machine.
result<std::string> command_of(const invocation& asked) {
  if (asked.ssh.starts_with('-')) return fail(errc::usage, "USER@HOST is expected", "--ssh");
  if (!asked.ssh.empty()) return fmt::format("exec ssh -t -- {}", shell_word(asked.ssh));
  // "=": this session, and none whose name begins so.
  if (!asked.tmux.empty()) return fmt::format("exec tmux attach-session -t {}", shell_word("=" + asked.tmux));
  return asked.command;
}

struct sharing {
  terminal::terminal_size size;
  bool fixed = false;
  wire::json_object body;
  bool again = false;  // when the agent comes back
};

// Runs the shell on a thread of its own while the agent shares it.
result<void> share(context& c, sharing wish) {
  const bool windowed = has_window(c);
  const auto socket = window_socket::listen(os::state_dir(c.variables));
  if (!socket) return std::unexpected(socket.error());
  // Before the agent of this process confines itself to its folders, and before any thread.
  const auto command = command_of(c.asked);
  if (!command) return std::unexpected(command.error());
  auto shell = terminal::open_pty({wish.size, *command, variables_for(c)});
  if (!shell) return std::unexpected(shell.error());
  std::optional<own_window> window;
  std::unique_ptr<share_window> shown;
  std::thread pump;
  std::atomic<bool> ended = false;
  terminal::exit_status status;
  result<void> outcome;
  wish.body["socket"] = socket->path().string();
  do {
    // Once a daemon shares it, nobody else does: an agent of ours would keep the daemon from coming back.
    auto agent = shown ? daemon_of(c) : c.open(need::node);
    if (!agent) {
      outcome = std::unexpected(agent.error());
    } else {
      const auto name = [&] {
        return std::string(wish.body["name"].is_string() ? wish.body["name"].as_string() : "");
      };
      const auto speak = [&agent, name](wire::json_object told) {
        told["name"] = name();
        (*agent)->tell("terminal_control", std::move(told));
      };
      // The window stays as it is until there is something to share.
      const auto begin = [&]() -> result<void> {
        if (shown) return {};
        if (windowed) window.emplace();
        auto made = share_window::make(std::move(*shell), *socket, window ? &*window : nullptr, wish.size,
                                       wish.fixed);
        if (!made) return std::unexpected(made.error());
        shown = std::move(*made);
        pump = std::thread([&] {
          status = shown->run();
          ended = true;
        });
        return {};
      };
      auto done =
          (*agent)->ask("terminal_share", wish.body, [&](std::string_view event, const wire::json_object& p) {
            if (event == "ready") {
              wish.body["name"] = p.at("name");
              if (auto begun = begin(); !begun) return;
              shown->set_tell(speak);
              if (!windowed && !c.asked.json)
                print(tr("terminal.shared", std::string(p.at("name").as_string())) + "\n");
            }
            if (c.asked.json) {
              wire::json_object line{{"event", event}};
              for (const auto& [key, value] : p) line[key] = value;
              print_json_line(line);
            }
            if (shown) shown->show(event, p);
          });
      if (shown) shown->set_tell(nullptr);
      outcome = done ? result<void>() : std::unexpected(done.error());
    }
    const bool lost = !outcome && (outcome.error().code == errc::connection_lost ||
                                   outcome.error().code == errc::daemon_not_running);
    if (!shown || ended || !wish.again || !lost) break;
    std::this_thread::sleep_for(again_after);
  } while (!ended);
  if (shown && !outcome && !ended) shown->stop();
  if (pump.joinable()) pump.join();
  window.reset();
  if (!outcome && !ended) return outcome;
  if (!c.asked.json)
    print(status.signal ? tr("terminal.ended.signal", *status.signal)
                        : tr("terminal.ended", status.code.value_or(0)));
  print("\n");
  return {};
}

terminal::terminal_size window_size(const context& c) {
  if (!has_window(c)) return {80, 24};
  const own_window now;
  const auto size = now.size();
  return {size.cols, std::max(size.rows - 1, 1)};
}

result<void> act(context& c, std::string_view action, wire::json_object more = {}) {
  auto agent = c.open(need::account);
  if (!agent) return pass(agent);
  more["name"] = c.asked.name;
  more["action"] = action;
  const auto done = (*agent)->ask("terminal_control", std::move(more));
  if (!done) return std::unexpected(done.error());
  print(tr(fmt::format("terminal.done.{}", action), std::string(done->at("name").as_string())) + "\n");
  return {};
}

// A window on a terminal, for as long as both last. verb: the request that brings its output; ask: what its
// commands become.
result<void> show_terminal(context& c, need wanted, std::string_view verb, std::string_view ask) {
  if (!is_terminal(STDIN_FILENO) || !is_terminal(STDOUT_FILENO)) return fail(errc::not_a_terminal);
  const auto socket = window_socket::listen(os::state_dir(c.variables));
  if (!socket) return std::unexpected(socket.error());
  auto agent = c.open(wanted);
  if (!agent) return pass(agent);
  std::optional<own_window> window(std::in_place);
  auto shown = view_window::make(*socket, *window, [&](wire::json_object told) {
    told["name"] = c.asked.name;
    (*agent)->tell(ask, std::move(told));
  });
  if (!shown) return std::unexpected(shown.error());
  std::thread painter;
  const auto done = (*agent)->ask(verb, {{"name", c.asked.name}, {"socket", socket->path().string()}},
                                  [&](std::string_view event, const wire::json_object& payload) {
                                    (*shown)->show(event, payload);
                                    if (!painter.joinable()) painter = std::thread([&] { (*shown)->run(); });
                                  });
  (*shown)->stop();
  if (painter.joinable()) painter.join();
  window.reset();
  if (!done) return std::unexpected(done.error());
  if (done->contains("signal"))
    print(tr("terminal.ended.signal", done->at("signal").as_int64()) + "\n");
  else if (done->contains("ended"))
    print(tr("terminal.ended", done->contains("code") ? done->at("code").as_int64() : 0) + "\n");
  else
    print(tr("terminal.left") + "\n");
  return {};
}

}  // namespace

result<void> share_terminal(context& c) {
  auto token = token_of(c);
  if (!token) return pass(token);
  sharing wish{.size = {static_cast<int>(c.asked.cols), static_cast<int>(c.asked.rows)}, .fixed = true};
  wish.body = {{"session_id", c.asked.session_id},
               {"peer_addr", c.asked.peer_address},
               {"token", std::string(token->reveal())},
               {"cols", wish.size.cols},
               {"rows", wish.size.rows},
               {"record", false},
               {"mask", true}};
  return share(c, std::move(wish));
}

result<void> terminal_share(context& c) {
  sharing wish{.size = window_size(c), .again = true};
  if (c.asked.cols > 0) wish.size.cols = static_cast<int>(c.asked.cols);
  if (c.asked.rows > 0) wish.size.rows = static_cast<int>(c.asked.rows);
  wish.fixed = c.asked.cols > 0 || c.asked.rows > 0;
  wish.body = {{"cols", wish.size.cols},
               {"rows", wish.size.rows},
               {"record", c.asked.record},
               {"mask", !c.asked.no_mask}};
  if (!c.asked.name.empty()) wish.body["name"] = c.asked.name;
  if (!c.asked.to.empty()) wish.body["to"] = c.asked.to;
  if (!c.asked.room.empty()) wish.body["room"] = c.asked.room;
  if (c.asked.detach) {
    // What can be wrong is said while there is a window to say it in.
    auto agent = c.open(need::account);
    if (!agent) return pass(agent);
    if (!(*agent)->is_daemon()) return fail(errc::daemon_not_running, {}, "--detach");
    agent->reset();
    if (!leave_window()) {
      print(tr("terminal.detached") + "\n");
      return {};
    }
  }
  return share(c, std::move(wish));
}

result<void> terminal_view(context& c) {
  return show_terminal(c, need::node, "terminal_view", "terminal_ask");
}

result<void> terminal_attach(context& c) {
  return show_terminal(c, need::account, "terminal_attach", "terminal_control");
}

result<void> terminal_list(context& c) {
  auto agent = c.open(need::account);
  if (!agent) return pass(agent);
  auto answer = (*agent)->ask("terminals", {});
  if (!answer) return pass(answer);
  if (c.asked.json) {
    print_json(std::move(*answer));
    return {};
  }
  table out({tr("terminal.head.name"), tr("terminal.head.of"), tr("terminal.head.size"),
             tr("terminal.head.watching"), tr("terminal.head.keyboard")});
  const auto add = [&](const wire::json_value& value, const std::string& of) {
    const auto& o = value.as_object();
    auto keyboard =
        o.contains("controller") ? escape_controls(std::string(o.at("controller").as_string())) : "";
    if (const auto* asked = o.if_contains("asked"); asked != nullptr && !asked->as_array().empty())
      keyboard = tr("terminal.asks", shown_names(*asked));
    auto size = fmt::format("{}x{}", o.at("cols").as_int64(), o.at("rows").as_int64());
    if (const auto* sizes = o.if_contains("sizes"); sizes != nullptr && !sizes->as_array().empty()) {
      const auto& first = sizes->as_array().front().as_object();
      size = tr("terminal.asks_size", size, escape_controls(std::string(first.at("viewer").as_string())),
                first.at("cols").as_int64(), first.at("rows").as_int64());
    }
    out.add({escape_controls(std::string(o.at("name").as_string())), of, size,
             o.at("hidden").as_bool() ? tr("terminal.behind_curtain") : shown_names(o.at("watching")),
             keyboard});
  };
  const auto whose = [](const wire::json_object& o) {
    return fmt::format("{} ({})", std::string(o.at("device_id").as_string()),
                       escape_controls(std::string(o.at("username").as_string())));
  };
  for (const auto& one : answer->at("shared").as_array()) add(one, tr("terminal.own"));
  for (const auto& one : answer->at("seen").as_array()) add(one, whose(one.as_object()));
  // Those that nobody here looks at yet.
  for (const auto& one : answer->at("offered").as_array()) {
    const auto& o = one.as_object();
    const auto same = [&](const wire::json_value& seen) {
      return seen.at("name") == o.at("name") && seen.at("device_id") == o.at("device_id");
    };
    if (std::ranges::any_of(answer->at("seen").as_array(), same)) continue;
    out.add({escape_controls(std::string(o.at("name").as_string())), whose(o),
             fmt::format("{}x{}", o.at("cols").as_int64(), o.at("rows").as_int64()), "", ""});
  }
  print(out.empty() ? tr("terminal.none") + "\n" : out.str());
  return {};
}

result<void> terminal_allow(context& c) {
  wire::json_object more;
  if (!c.asked.from.empty()) more["viewer"] = c.asked.from;
  if (c.asked.minutes > 0) more["minutes"] = c.asked.minutes;
  return act(c, c.asked.once ? "once" : "allow", std::move(more));
}

result<void> terminal_act(context& c) {
  wire::json_object more;
  if (!c.asked.from.empty()) more["viewer"] = c.asked.from;
  if (c.asked.cols > 0) more["cols"] = c.asked.cols;
  if (c.asked.rows > 0) more["rows"] = c.asked.rows;
  return act(c, c.asked.verb.substr(c.asked.verb.rfind(' ') + 1), std::move(more));
}

}  // namespace mesh::app
