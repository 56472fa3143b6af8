// The command line as a value: which verb, with which options. CLI11 stays behind it.
#pragma once
#include "agent/config/settings.hpp"
#include "core/base/error.hpp"
#include "core/base/secret.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

namespace mesh::app {

// verb: "run", "send-file", "devices list", "debug format_bytes" … Only the members of that verb are filled.
// There is one of it, ordered by verb rather than packed.
// NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding)
struct invocation {
  std::string verb = "run";
  std::optional<std::filesystem::path> config_file;
  config::settings flags;  // the configuration keys given as flags
  bool json = false;

  // login, enroll
  std::string server;
  std::string user;
  bool password_from_stdin = false;
  std::string code;

  // send-file and share-terminal
  std::string session_id;
  std::string peer_address;
  secret token;
  std::string file;

  // send: a short text, or "-"; transfers show: only the text
  std::optional<std::string> text;
  bool only_text = false;
  // send: of what comes from standard input
  std::string name;
  // send: of what lies in folders
  bool no_ignore = false;
  bool watch = false;
  bool told = false;  // why it fails stands on the terminal already
  bool zip = false;
  bool xattrs = false;

  // send, chat, devices
  std::vector<std::string> paths;
  std::string to;
  std::string room;
  std::vector<std::string> words;
  std::int64_t last = 20;

  // receive, transfers
  std::string output;
  std::string accept;
  std::string on_collision;
  std::int64_t count = 1;
  bool keep = false;
  bool yes = false;
  std::string transfer;

  // ping: seconds between two messages
  double interval = 1;
  std::int64_t pings = 5;

  // terminal; cols, rows: 0 when not given
  std::int64_t cols = 0;
  std::int64_t rows = 0;
  std::string command;
  std::string ssh;
  std::string tmux;
  bool detach = false;
  bool record = false;
  bool no_mask = false;
  bool stop = false;
  double speed = 1;
  double seek = 0;
  bool once = false;
  std::int64_t minutes = 0;

  // rules, ignore, terminal allow (who asked), terminal rule
  std::string from;
  bool everybody = false;
  std::string receive;
  std::string folder;
  std::vector<std::string> allow_get;

  // send, limit, transfers limit
  std::string rate;
  std::string peer;

  // debug, completion
  std::vector<std::string> values;
};

// Nothing to run: a text to print (help, version).
struct print_text {
  std::string text;
};

// args: without the program's name. Errors: usage.
result<std::variant<invocation, print_text>> parse_command_line(std::span<const std::string> args);

// One verb with its options as people type them ("--to"), for completions and the check of the manual page.
struct command_info {
  std::string verb;
  std::string summary;
  std::vector<std::string> options;
};
std::vector<command_info> known_commands();

}  // namespace mesh::app
