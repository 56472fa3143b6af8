#include "agent/app/commands.hpp"
#include "core/wire/plain_json.hpp"

#include <cstdio>
#include <string>

namespace mesh::app {

void print(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
}

void print_error(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stderr);
  std::fflush(stderr);
}

void print_json_line(const wire::json_object& value) {
  print(wire::plain_text(value, wire::json_layout::one_line) + "\n");
}

void print_json(const wire::json_value& value) {
  auto text = wire::to_pretty_text(value);
  if (!text.ends_with('\n')) text += '\n';
  print(text);
}

}  // namespace mesh::app
