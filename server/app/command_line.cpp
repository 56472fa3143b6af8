#include "server/app/command_line.hpp"

#include "core/text/catalogue.hpp"

#include <array>
#include <cstdio>
#include <functional>
#include <memory>
#include <vector>

#include <CLI/CLI.hpp>

namespace mesh::app {
namespace {

constexpr int usage_exit_code = 2;

std::string say(std::string_view key) {
  return std::string(text::find(key));
}

struct setting_flag {
  const char* flag;
  const char* key;
  const char* help;
};

constexpr auto setting_flags = std::to_array<setting_flag>({
    {"--port", "port", "server.opt.port"},
    {"--data-dir", "data_dir", "server.opt.data_dir"},
    {"--database", "database", "server.opt.database"},
    {"--web-dir", "web_dir", "server.opt.web_dir"},
    {"--tls-cert", "tls_cert", "server.opt.tls_cert"},
    {"--tls-key", "tls_key", "server.opt.tls_key"},
    {"--public-url", "public_url", "server.opt.public_url"},
    {"--room-members-max", "room_members_max", "server.opt.room_members_max"},
    {"--relay", "relay", "server.opt.relay"},
    {"--relay-mib-per-day", "relay_mib_per_day", "server.opt.relay_mib_per_day"},
    {"--log", "log", "server.opt.log"},
});

// Options that every command takes.
void add_settings(CLI::App& to, command_line& line) {
  to.set_help_flag("-h,--help", say("server.opt.help"));
  to.add_option_function<std::string>(
        "--config", [&line](const std::string& text) { line.config_file = text; }, say("server.opt.config"))
      ->type_name("FILE");
  to.add_option_function<std::vector<std::string>>(
        "--host",
        [&line](const std::vector<std::string>& hosts) {
          auto& all = line.flags["host"];
          for (const auto& host : hosts) all += (all.empty() ? "" : ",") + host;
        },
        say("server.opt.host"))
      ->type_name("IP")
      ->expected(1)
      ->take_all();
  for (const auto& [flag, key, help] : setting_flags)
    to.add_option_function<std::string>(
          flag, [&line, key](const std::string& text) { line.flags[key] = text; }, say(help))
        ->type_name("TEXT");
  to.add_flag_function(
      "--open-registration", [&line](std::int64_t) { line.flags["open_registration"] = "true"; },
      say("server.opt.open_registration"));
}

CLI::App& add_command(CLI::App& to, command_line& line, const std::string& name, std::string_view help,
                      verb what) {
  auto& command = *to.add_subcommand(name, say(help));
  add_settings(command, line);
  command.callback([&line, what] { line.what = what; });
  return command;
}

void add_commands(CLI::App& program, command_line& line) {
  const auto ready_file = [&line](CLI::App& to) {
    to.add_option_function<std::string>(
          "--ready-file", [&line](const std::string& text) { line.ready_file = text; },
          say("server.opt.ready_file"))
        ->type_name("FILE");
  };
  ready_file(program);
  ready_file(add_command(program, line, "serve", "server.cmd.serve", verb::serve));
  add_command(program, line, "migrate", "server.cmd.migrate", verb::migrate);
  const auto backup_file = [&line](CLI::App& to) {
    to.add_option("file", line.file, say("server.opt.backup_file"))->required()->type_name("FILE");
    to.add_flag("--replace", line.replace, say("server.opt.replace"));
  };
  backup_file(add_command(program, line, "backup", "server.cmd.backup", verb::backup));
  backup_file(add_command(program, line, "restore", "server.cmd.restore", verb::restore));
  auto& db = *program.add_subcommand("db", say("server.cmd.db"));
  db.set_help_flag("-h,--help", say("server.opt.help"));
  db.require_subcommand(1);
  auto& move = add_command(db, line, "move", "server.cmd.db_move", verb::db_move);
  move.add_option("--from", line.from, say("server.opt.from"))->required()->type_name("URL");
  move.add_option("--to", line.to, say("server.opt.to"))->required()->type_name("URL");
  auto& user = *program.add_subcommand("user", say("server.cmd.user"));
  user.set_help_flag("-h,--help", say("server.opt.help"));
  user.require_subcommand(1);
  for (auto* command :
       {&add_command(user, line, "add", "server.cmd.user_add", verb::user_add),
        &add_command(user, line, "reset-password", "server.cmd.reset_password", verb::user_reset_password)})
    command->add_option("username", line.username, say("server.opt.username"))->required()->type_name("NAME");
  add_command(program, line, "owner-link", "server.cmd.owner_link", verb::owner_link);
  add_command(program, line, "enroll-code", "server.cmd.enroll_code", verb::enroll_code)
      .add_option("--user", line.username, say("server.opt.user"))
      ->type_name("NAME");
  auto& config = *program.add_subcommand("config", say("server.cmd.config"));
  config.set_help_flag("-h,--help", say("server.opt.help"));
  config.require_subcommand(1);
  add_command(config, line, "check", "server.cmd.config_check", verb::config_check);
}

}  // namespace

command_line parse_command_line(int argc, const char* const* argv) {
  command_line line;
  CLI::App program(say("server.about"), "mesh-server");
  program.require_subcommand(0, 1);
  program.set_version_flag("--version", "mesh-server " MESH_VERSION, say("server.opt.version"));
  add_settings(program, line);
  add_commands(program, line);
  try {
    program.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    const bool asked = e.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success);
    if (asked) {
      line.exit_code = program.exit(e);
    } else {
      std::fprintf(stderr, "mesh-server: %s\n%s\n", e.what(), say("server.usage_hint").c_str());
      line.exit_code = usage_exit_code;
    }
  }
  return line;
}

}  // namespace mesh::app
