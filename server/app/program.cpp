#include "server/app/program.hpp"

#include "core/base/log.hpp"
#include "core/text/catalogue.hpp"
#include "server/app/ask_password.hpp"
#include "server/app/command_line.hpp"
#include "server/app/data_commands.hpp"
#include "server/app/operator_commands.hpp"
#include "server/app/server.hpp"
#include "server/app/texts.hpp"
#include "server/config/server_config.hpp"
#include "server/db/postgres.hpp"

#include <cstdio>

namespace mesh::app {
namespace {

namespace fs = std::filesystem;

constexpr int failure_exit_code = 1;
constexpr int settings_exit_code = 2;

bool about_settings(errc code) {
  return code == errc::config_syntax || code == errc::config_unknown_key || code == errc::config_type ||
         code == errc::config_value || code == errc::config_unreadable || code == errc::usage;
}

int report(const error& why) {
  std::string said = "mesh-server: " + text::describe(why);
  if (why.code == errc::port_in_use) said += " " + std::string(text::find("server.port_hint"));
  if (why.code == errc::state_locked) said += " " + std::string(text::find("server.data_dir_hint"));
  std::fprintf(stderr, "%s\n", said.c_str());
  return about_settings(why.code) ? settings_exit_code : failure_exit_code;
}

// The web client beside the program: installed under one prefix, or in the tree it was built in.
fs::path find_web_dir() {
  std::error_code failure;
  const auto folder = fs::read_symlink("/proc/self/exe", failure).parent_path();
  const fs::path places[] = {folder / "../share/mesh/web", folder / "../../../client/dist"};
  for (const auto& place : places)
    if (fs::exists(place / "index.html", failure)) return fs::weakly_canonical(place, failure);
  return places[0].lexically_normal();
}

result<config::server_config> settings_of(const command_line& line) {
  config::sources sources;
  sources.file = line.config_file;
  sources.environment = config::process_environment;
  sources.flags = line.flags;
  auto loaded = config::load(sources);
  if (!loaded) return loaded;
  if (db::postgres::is_address(loaded->database))
    if (auto readable = db::postgres::check_address(loaded->database); !readable)
      return std::unexpected(readable.error());
  if (loaded->web_dir.empty()) loaded->web_dir = find_web_dir();
  return loaded;
}

// MESH_LOG, when somebody sets it for this one run, beats the settings.
result<void> set_log(const config::server_config& config) {
  if (config::process_environment("MESH_LOG") || config::process_environment("RUST_LOG")) {
    log::configure_from_environment();
    return {};
  }
  return log::configure(config.log);
}

result<std::string> run_with_password(const command_line& line, const config::server_config& config) {
  auto password = ask_password();
  if (!password) return pass(password);
  return line.what == verb::user_add ? add_user(config, line.username, *password)
                                     : reset_password(config, line.username, *password);
}

db::onto existing(const command_line& line) {
  return line.replace ? db::onto::replace : db::onto::refuse;
}

result<std::string> run_command(const command_line& line, const config::server_config& config) {
  switch (line.what) {
    case verb::serve: {
      auto ended = serve({config, line.ready_file});
      if (!ended) return pass(ended);
      return std::string();
    }
    case verb::migrate:
      return migrate(config);
    case verb::backup:
      return back_up(config, line.file, existing(line));
    case verb::restore:
      return restore(config, line.file, existing(line));
    case verb::db_move:
      return move_database(config, line.from, line.to);
    case verb::user_add:
    case verb::user_reset_password:
      return run_with_password(line, config);
    case verb::owner_link:
      return owner_link(config);
    case verb::enroll_code:
      return enroll_code(config, line.username);
    case verb::config_check:
      return config::describe(config);
  }
  return fail(errc::usage, "no such command");
}

}  // namespace

int run_program(int argc, const char* const* argv) {
  text::set_language(text::language_from_environment());
  add_texts();
  const auto line = parse_command_line(argc, argv);
  if (line.exit_code) return *line.exit_code;
  const auto config = settings_of(line);
  if (!config) return report(config.error());
  if (const auto done = set_log(*config); !done) return report(done.error());
  const auto said = run_command(line, *config);
  if (!said) return report(said.error());
  if (!said->empty()) std::printf("%s%s", said->c_str(), said->ends_with('\n') ? "" : "\n");
  return 0;
}

}  // namespace mesh::app
