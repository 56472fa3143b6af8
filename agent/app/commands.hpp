// The verbs of mesh-agent. Each prints what it did and returns the error that ends the program otherwise.
#pragma once
#include "agent/app/asker.hpp"
#include "agent/app/command_line.hpp"
#include "agent/config/agent_config.hpp"
#include "core/base/error.hpp"

#include <functional>
#include <memory>

namespace mesh::app {

// How much of an agent a verb needs when no daemon runs: its account only, or the whole node with its UDP
// port and the standing connection.
enum class need { account, node };

// Everything a verb works with. Loaded once by run_command.
struct context {
  invocation& asked;
  const config::environment& variables;
  const config::settings& settings;
  const config::agent_config& config;
  // A daemon when one runs, else an agent in this process. Errors: those of starting one.
  std::function<result<std::unique_ptr<asker>>(need)> connect;

  // The same. Errors: usage, too, when a daemon runs and this command line gives what it reads only when it
  // starts.
  result<std::unique_ptr<asker>> open(need wanted) const;
};

// Standard output and standard error; a broken pipe is not an error of ours.
void print(std::string_view text);
// errno of the first print() that failed; 0: none did.
int output_failure() noexcept;
void print_error(std::string_view text);
// JSON for scripts, with a final newline and plain numbers: indented, or an event on a line of its own.
void print_json(const wire::json_value& value);
void print_json_line(const wire::json_object& value);

result<void> config_check(context& c);
result<void> show_completion(const invocation& asked);

result<void> login(context& c);
result<void> enroll(context& c);
result<void> logout(context& c);
result<void> show_status(context& c);
result<void> stop_daemon(context& c);

result<void> list_devices(context& c);
result<void> verify_device(context& c);
result<void> accept_device(context& c);
result<void> confirm_device(context& c);
result<void> add_device(context& c);
result<void> remove_device(context& c);
result<void> list_rooms(context& c);
result<void> chat(context& c);

result<void> send_paths(context& c);
result<void> send_file(context& c);
result<void> receive(context& c);
result<void> get(context& c);
result<void> list_transfers(context& c);
result<void> show_transfer(context& c);
result<void> answer_transfer(context& c);
result<void> control_transfer(context& c);
result<void> ping(context& c);
result<void> list_rules(context& c);
result<void> add_rule(context& c);
result<void> remove_rule(context& c);
result<void> limit_transfer(context& c);
result<void> limit_agent(context& c);

result<void> share_terminal(context& c);
result<void> terminal_share(context& c);
result<void> terminal_view(context& c);
result<void> terminal_list(context& c);
result<void> terminal_allow(context& c);
result<void> terminal_act(context& c);
result<void> terminal_record(context& c);
result<void> terminal_attach(context& c);
result<void> terminal_rules(context& c);
result<void> terminal_rule_add(context& c);
result<void> terminal_rule_remove(context& c);
result<void> terminal_replay(const invocation& asked);

result<void> explain_ignore(const invocation& asked);

result<void> debug_event(const invocation& asked);
result<void> debug_bytes(const invocation& asked);
result<void> debug_speed(const invocation& asked);
result<void> debug_quic(context& c);
result<void> debug_sessions(context& c);
result<void> debug_certificates(context& c);

}  // namespace mesh::app
