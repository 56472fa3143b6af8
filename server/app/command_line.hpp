// The command line of mesh-server as data.
#pragma once
#include <filesystem>
#include <map>
#include <optional>
#include <string>

namespace mesh::app {

enum class verb {
  serve,
  migrate,
  backup,
  restore,
  db_move,
  user_add,
  user_reset_password,
  owner_link,
  enroll_code,
  config_check
};

struct command_line {
  verb what = verb::serve;
  std::optional<std::filesystem::path> config_file;
  std::map<std::string, std::string> flags;  // settings by key, as text
  std::optional<std::filesystem::path> ready_file;
  std::filesystem::path file;  // of backup and restore
  bool replace = false;
  std::string from;  // of db move: addresses of databases
  std::string to;
  std::string username;  // of user add, user reset-password, enroll-code; may be empty for the last

  // Set when there is nothing to run: help and version were printed (0), or the line was wrong (2).
  std::optional<int> exit_code;
};

// Prints help, the version, or what is wrong by itself.
command_line parse_command_line(int argc, const char* const* argv);

}  // namespace mesh::app
