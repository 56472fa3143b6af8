#include "agent/app/command_parser.hpp"

#include "agent/app/usage_words.hpp"
#include "core/text/catalogue.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace mesh::app {

using text::tr;

namespace {

constexpr auto later_verbs = std::to_array<std::string_view>({"sync", "tunnel", "doctor", "service"});

// "send" -> catalogue key "cli.send"; a verb inside another: "cli.devices.list".
std::string help_key(const CLI::App& app, const std::string& name) {
  return app.get_parent() == nullptr ? "cli." + name : fmt::format("cli.{}.{}", app.get_name(), name);
}

}  // namespace

command_parser::command_parser() : app_(tr("cli.about"), "mesh-agent") {
  app_.set_help_flag("-h,--help", tr("cli.help"));
  app_.set_version_flag("--version", std::string("mesh-agent " MESH_VERSION), tr("cli.version"));
  app_.option_defaults()->always_capture_default(false);
  app_.require_subcommand(0, 1);
  app_.footer(tr("cli.footer"));
  const auto words = app_.get_formatter();
  words->column_width(34);
  for (const auto* label : {"Usage", "OPTIONS", "SUBCOMMAND", "SUBCOMMANDS", "Subcommands", "Positionals",
                            "Options", "REQUIRED", "TEXT", "INT", "UINT", "Needs", "Excludes"})
    words->label(label, tr(fmt::format("cli.label.{}", label)));
  add_configuration();
  add_local_verbs();
  add_sign_in();
  add_server_verbs();
  add_transfers();
  add_ping();
  add_terminals();
  add_rules();
  add_ignore();
  add_debug();
}

command_parser::~command_parser() {
  wipe(token_);
  for (auto& [key, value] : configuration_) wipe(value);
}

CLI::App* command_parser::verb(CLI::App& parent, const std::string& name) {
  auto* command = parent.add_subcommand(name, tr(help_key(parent, name)));
  command->fallthrough();
  command->footer("");
  command->group(tr("cli.label.Subcommands"));
  command->formatter(app_.get_formatter());
  return command;
}

void command_parser::with_json(CLI::App* command) {
  command->add_flag("--json", out_.json, tr("cli.json"));
}

void command_parser::add_configuration() {
  app_.add_option("--config", config_file_, tr("cli.config_file"))->type_name("FILE");
  for (const auto& key : config::setting_keys()) {
    auto& value = configuration_[std::string(key.name)];
    app_.add_option(config::flag_name(key.name), value, tr(fmt::format("cli.key.{}", key.name)));
  }
}

void command_parser::add_local_verbs() {
  verb(app_, "run");
  auto* status = verb(app_, "status");
  with_json(status);
  verb(app_, "stop");
  auto* config = verb(app_, "config");
  config->require_subcommand(1);
  with_json(verb(*config, "check"));
  auto* completion = verb(app_, "completion");
  completion->add_option("SHELL", out_.values, tr("cli.completion.shell"))
      ->required()
      ->expected(1)
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
}

void command_parser::add_sign_in() {
  auto* login = verb(app_, "login");
  login->add_option("--server", out_.server, tr("cli.login.server"));
  login->add_option("--user", out_.user, tr("cli.login.user"));
  login->add_flag("--password-stdin", out_.password_from_stdin, tr("cli.login.password_stdin"))
      ->needs("--user");
  with_json(login);
  auto* enroll = verb(app_, "enroll");
  enroll->add_option("CODE", out_.code, tr("cli.enroll.code"))->required();
  enroll->add_option("--server", out_.server, tr("cli.login.server"));
  verb(app_, "logout");
}

void command_parser::add_server_verbs() {
  auto* devices = verb(app_, "devices");
  devices->require_subcommand(0, 1);
  with_json(devices);
  with_json(verb(*devices, "list"));
  auto* verify = verb(*devices, "verify");
  verify->add_option("DEVICE", out_.to, tr("cli.devices.device"))->required();
  with_json(verify);
  auto* accept = verb(*devices, "accept");
  accept->add_option("DEVICE", out_.to, tr("cli.devices.device"))->required();
  accept->add_flag("--yes", out_.yes, tr("cli.devices.yes"));
  auto* confirm = verb(*devices, "confirm");
  confirm->add_option("CODE", out_.code, tr("cli.devices.code"))->required();
  with_json(verb(*devices, "add"));
  auto* remove = verb(*devices, "remove");
  remove->add_option("DEVICE", out_.to, tr("cli.devices.device"))->required();

  with_json(verb(app_, "rooms"));

  auto* chat = verb(app_, "chat");
  chat->add_option("ROOM", out_.room, tr("cli.chat.room"))->required();
  chat->add_option("TEXT", out_.words, tr("cli.chat.text"));
  chat->add_option("--last", out_.last, tr("cli.chat.last"))
      ->check(CLI::Range(1, 200).description(""))
      ->type_name("N");
  with_json(chat);
}

void command_parser::add_debug() {
  auto* debug = verb(app_, "debug");
  debug->require_subcommand(1);
  verb(*debug, "dump_event")->add_option("EVENT", out_.values, tr("cli.debug.event"))->expected(0, 1);
  with_json(verb(*debug, "dump_quic_stats"));
  verb(*debug, "format_bytes")
      ->add_option("BYTES", out_.values, tr("cli.debug.bytes"))
      ->required()
      ->expected(1);
  auto* speed = verb(*debug, "calculate_speed");
  speed->add_option("NUMBERS", out_.values, tr("cli.debug.numbers"))
      ->required()
      ->expected(2)
      ->type_name("BYTES SECONDS");
  with_json(verb(*debug, "dump_session_cache_info"));
  verb(*debug, "renew_certificates");
}

const CLI::App* command_parser::chosen() const {
  const CLI::App* at = &app_;
  while (!at->get_subcommands().empty()) at = at->get_subcommands().front();
  return at;
}

result<std::variant<invocation, print_text>> command_parser::parse(std::span<const std::string> args) {
  // Verbs of the contract that do not exist yet get an answer of their own.
  for (const auto& arg : args) {
    if (arg.starts_with('-')) continue;
    if (std::ranges::find(later_verbs, arg) != later_verbs.end()) return fail(errc::kind_unknown, arg);
    break;
  }
  // CLI11 takes the arguments from the back.
  std::vector<std::string> reversed(args.rbegin(), args.rend());
  try {
    app_.parse(reversed);
  } catch (const CLI::CallForHelp&) {
    return print_text{app_.help()};
  } catch (const CLI::CallForVersion&) {
    return print_text{"mesh-agent " MESH_VERSION "\n"};
  } catch (const CLI::ParseError& e) {
    return std::unexpected(usage_error(app_, *chosen(), e));
  }
  std::vector<std::string> path;
  for (const auto* at = chosen(); at->get_parent() != nullptr; at = at->get_parent())
    path.insert(path.begin(), at->get_name());
  if (app_.got_subcommand("send") && out_.paths.empty() && !out_.text)
    return fail(errc::usage, tr("usage.missing", tr("usage.path_or_text")), "send");
  out_.verb = path.empty() ? "run" : fmt::format("{}", fmt::join(path, " "));
  if (out_.verb == "devices" || out_.verb == "rules") out_.verb += " list";
  if (!config_file_.empty()) out_.config_file = config_file_;
  for (const auto& key : config::setting_keys()) {
    const auto flag = config::flag_name(key.name);
    if (app_.count(flag) != 0)
      out_.flags.insert_or_assign(std::string(key.name),
                                  config::setting{secret(configuration_[std::string(key.name)]), flag});
  }
  out_.token = secret(std::move(token_));
  token_.clear();
  return std::move(out_);
}

void command_parser::collect(const CLI::App& from, const std::string& prefix,
                             std::vector<command_info>& into) {
  for (const auto* command : from.get_subcommands([](const CLI::App*) { return true; })) {
    command_info info{prefix + command->get_name(), command->get_description(), {}};
    for (const auto* option : command->get_options())
      for (const auto& name : option->get_lnames()) info.options.push_back("--" + name);
    into.push_back(info);
    collect(*command, info.verb + " ", into);
  }
}

std::vector<command_info> command_parser::commands() const {
  std::vector<command_info> out;
  command_info top{"", app_.get_description(), {}};
  for (const auto* option : app_.get_options())
    for (const auto& name : option->get_lnames()) top.options.push_back("--" + name);
  out.push_back(std::move(top));
  collect(app_, "", out);
  return out;
}

}  // namespace mesh::app
