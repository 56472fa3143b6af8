#include "agent/app/token_input.hpp"

#include "agent/app/terminal.hpp"

#include <fstream>
#include <utility>

namespace mesh::app {

result<secret> token_of(context& c) {
  const auto given = c.asked.token.reveal();
  if (given == "-") return read_line_of_stdin();
  if (given.starts_with('@')) {
    std::ifstream in(std::string(given.substr(1)), std::ios::binary);
    std::string line;
    if (!in || !std::getline(in, line))
      return fail(errc::file_unreadable, std::string(given.substr(1)), "--token");
    while (line.ends_with('\r') || line.ends_with(' ')) line.pop_back();
    return secret(std::move(line));
  }
  if (!given.empty()) return std::move(c.asked.token);
  if (auto set = c.variables("MESH_TOKEN")) return secret(std::move(*set));
  return fail(errc::usage, "--token is required (or MESH_TOKEN)", "--token");
}

}  // namespace mesh::app
