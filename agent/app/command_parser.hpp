// What the command line may say: verbs, options and their help, for CLI11.
#pragma once
#include "agent/app/command_line.hpp"

#include <map>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include <CLI/CLI.hpp>

namespace mesh::app {

// The parser and the values it fills. Options of type secret are read as text and wiped after.
class command_parser {
 public:
  command_parser();
  command_parser(const command_parser&) = delete;
  command_parser& operator=(const command_parser&) = delete;
  ~command_parser();

  result<std::variant<invocation, print_text>> parse(std::span<const std::string> args);
  std::vector<command_info> commands() const;

 private:
  CLI::App* verb(CLI::App& parent, const std::string& name);
  void with_json(CLI::App* command);
  void add_configuration();
  void add_sign_in();
  void add_server_verbs();
  void add_transfers();
  void add_ping();
  void add_terminals();
  void add_terminal_rules(CLI::App* terminal);
  void add_rules();
  void add_ignore();
  void on_collision(CLI::App* command);
  void add_local_verbs();
  void add_debug();
  static void collect(const CLI::App& from, const std::string& prefix, std::vector<command_info>& into);
  const CLI::App* chosen() const;

  CLI::App app_;
  invocation out_;
  std::string config_file_;
  std::string token_;
  bool once_ = false;
  std::map<std::string, std::string> configuration_;
};

}  // namespace mesh::app
