#include "agent/app/command_line.hpp"

#include "agent/app/command_parser.hpp"

namespace mesh::app {

result<std::variant<invocation, print_text>> parse_command_line(std::span<const std::string> args) {
  command_parser p;
  return p.parse(args);
}

std::vector<command_info> known_commands() {
  const command_parser p;
  return p.commands();
}

}  // namespace mesh::app
