#include "agent/app/command_line.hpp"

#include "core/base/limits.hpp"
#include "core/text/catalogue.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace mesh::app {
namespace {

using text::tr;

constexpr auto later_verbs = std::to_array<std::string_view>({"sync", "tunnel", "doctor", "service"});

// The parser and the values it fills. Options of type secret are read as text and wiped after.
class parser {
 public:
  parser();
  parser(const parser&) = delete;
  parser& operator=(const parser&) = delete;
  ~parser();

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

// "send" -> catalogue key "cli.send"; a verb inside another: "cli.devices.list".
std::string help_key(const CLI::App& app, const std::string& name) {
  return app.get_parent() == nullptr ? "cli." + name : fmt::format("cli.{}.{}", app.get_name(), name);
}

parser::parser() : app_(tr("cli.about"), "mesh-agent") {
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

parser::~parser() {
  wipe(token_);
  for (auto& [key, value] : configuration_) wipe(value);
}

CLI::App* parser::verb(CLI::App& parent, const std::string& name) {
  auto* command = parent.add_subcommand(name, tr(help_key(parent, name)));
  command->fallthrough();
  command->footer("");
  command->group(tr("cli.label.Subcommands"));
  command->formatter(app_.get_formatter());
  return command;
}

void parser::with_json(CLI::App* command) {
  command->add_flag("--json", out_.json, tr("cli.json"));
}

void parser::add_configuration() {
  app_.add_option("--config", config_file_, tr("cli.config_file"))->type_name("FILE");
  for (const auto& key : config::setting_keys()) {
    auto& value = configuration_[std::string(key.name)];
    app_.add_option(config::flag_name(key.name), value, tr(fmt::format("cli.key.{}", key.name)));
  }
}

void parser::add_local_verbs() {
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

void parser::add_sign_in() {
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

void parser::add_server_verbs() {
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

void parser::add_transfers() {
  auto* send = verb(app_, "send");
  auto* paths = send->add_option("PATH", out_.paths, tr("cli.send.path"));
  send->add_option("--to", out_.to, tr("cli.send.to"))->required();
  send->add_option("--room", out_.room, tr("cli.send.room"));
  send->add_option("--name", out_.name, tr("cli.send.name"))->type_name("NAME");
  send->add_option("--limit", out_.rate, tr("cli.send.limit"))->type_name("RATE");
  auto* text = send->add_option("--text", out_.text, tr("cli.send.text"))->type_name("TEXT");
  text->excludes(paths);
  send->add_flag("--zip", out_.zip, tr("cli.send.zip"))->excludes(text);
  send->add_flag("--no-ignore", out_.no_ignore, tr("cli.send.no_ignore"));
  send->add_flag("--xattrs", out_.xattrs, tr("cli.send.xattrs"));
  with_json(send);

  auto* send_file = verb(app_, "send-file");
  send_file->add_option("--session-id", out_.session_id, tr("cli.session_id"))->required();
  send_file->add_option("--peer-addr", out_.peer_address, tr("cli.peer_addr"))->required();
  send_file->add_option("--token", token_, tr("cli.token"));
  send_file->add_option("--file", out_.file, tr("cli.send_file.file"))->required();
  send_file->add_option("--limit", out_.rate, tr("cli.send.limit"))->type_name("RATE");
  with_json(send_file);

  auto* receive = verb(app_, "receive");
  receive->add_option("--output", out_.output, tr("cli.receive.output"));
  receive->add_option("--accept", out_.accept, tr("cli.receive.accept"))
      ->check(CLI::IsMember({"own", "all", "ask"}));
  on_collision(receive);
  auto* once = receive->add_flag("--once", once_, tr("cli.receive.once"));
  auto* count = receive->add_option("--count", out_.count, tr("cli.receive.count"))
                    ->check(CLI::Range(1, 1'000'000).description(""))
                    ->type_name("N");
  auto* keep = receive->add_flag("--keep", out_.keep, tr("cli.receive.keep"));
  once->excludes(count)->excludes(keep);
  count->excludes(keep);
  with_json(receive);

  auto* get = verb(app_, "get");
  get->add_option("SOURCE", out_.file, tr("cli.get.what"))->required()->type_name("DEVICE:PATH");
  get->add_option("--output", out_.output, tr("cli.get.output"))->type_name("DIR");
  on_collision(get);
  with_json(get);

  auto* transfers = verb(app_, "transfers");
  transfers->require_subcommand(0, 1);
  transfers->add_flag("--watch", out_.watch, tr("cli.transfers.watch"));
  with_json(transfers);
  for (const auto* name : {"accept", "refuse", "pause", "resume", "cancel", "retry", "first"}) {
    auto* answer = verb(*transfers, name);
    answer->add_option("ID", out_.transfer, tr("cli.transfers.id"))->required();
  }
  auto* show = verb(*transfers, "show");
  show->add_option("ID", out_.transfer, tr("cli.transfers.id"))->required();
  show->add_flag("--text", out_.only_text, tr("cli.transfers.text"));
  with_json(show);
  auto* limit_one = verb(*transfers, "limit");
  limit_one->add_option("ID", out_.transfer, tr("cli.transfers.id"))->required();
  limit_one->add_option("RATE", out_.rate, tr("cli.limit.rate"))->required()->type_name("RATE");

  auto* limit = verb(app_, "limit");
  limit->add_option("RATE", out_.rate, tr("cli.limit.rate_or_default"))->type_name("RATE");
  limit->add_option("--peer", out_.peer, tr("cli.limit.peer"))->type_name("DEVICE");
  with_json(limit);
}

void parser::on_collision(CLI::App* command) {
  command->add_option("--on-collision", out_.on_collision, tr("cli.on_collision"))
      ->check(CLI::IsMember({"rename", "overwrite", "skip"}))
      ->type_name("POLICY");
}

void parser::add_ping() {
  auto* ping = verb(app_, "ping");
  ping->add_option("NAME", out_.to, tr("cli.send.to"))->required();
  ping->add_option("--room", out_.room, tr("cli.send.room"));
  ping->add_option("--count", out_.pings, tr("cli.ping.count"))
      ->check(CLI::Range(1, 1'000'000).description(""))
      ->type_name("N");
  ping->add_option("--interval", out_.interval, tr("cli.ping.interval"))
      ->check(CLI::Range(0.001, 3600.0).description(""))
      ->type_name("SECONDS");
  with_json(ping);
}

void parser::add_terminals() {
  const auto size = [this](CLI::App* command) {
    auto* cols = command->add_option("--cols", out_.cols, tr("cli.terminal.cols"))
                     ->check(CLI::Range(1, limits::terminal_columns_max).description(""))
                     ->type_name("N");
    auto* rows = command->add_option("--rows", out_.rows, tr("cli.terminal.rows"))
                     ->check(CLI::Range(1, limits::terminal_rows_max).description(""))
                     ->type_name("N");
    return std::pair(cols, rows);
  };
  auto* direct = verb(app_, "share-terminal");
  direct->add_option("--session-id", out_.session_id, tr("cli.session_id"))->required();
  direct->add_option("--peer-addr", out_.peer_address, tr("cli.peer_addr"))->required();
  direct->add_option("--token", token_, tr("cli.token"));
  const auto [cols, rows] = size(direct);
  cols->required();
  rows->required();
  with_json(direct);

  auto* terminal = verb(app_, "terminal");
  terminal->require_subcommand(1);
  auto* share = verb(*terminal, "share");
  share->add_option("--to", out_.to, tr("cli.terminal.to"))->type_name("NAME");
  share->add_option("--room", out_.room, tr("cli.terminal.room"))->type_name("ROOM");
  auto* command = share->add_option("--cmd", out_.command, tr("cli.terminal.cmd"))->type_name("COMMAND");
  auto* ssh = share->add_option("--ssh", out_.ssh, tr("cli.terminal.ssh"))->type_name("USER@HOST");
  auto* tmux = share->add_option("--attach-tmux", out_.tmux, tr("cli.terminal.tmux"))->type_name("SESSION");
  command->excludes(ssh)->excludes(tmux);
  ssh->excludes(tmux);
  share->add_option("--name", out_.name, tr("cli.terminal.name"))->type_name("NAME");
  share->add_flag("--detach", out_.detach, tr("cli.terminal.detach"));
  share->add_flag("--record", out_.record, tr("cli.terminal.record_it"));
  share->add_flag("--no-mask", out_.no_mask, tr("cli.terminal.no_mask"));
  size(share);
  with_json(share);
  verb(*terminal, "view")->add_option("NAME", out_.name, tr("cli.terminal.which"))->required();
  with_json(verb(*terminal, "list"));
  const auto answer = [this, terminal](const char* what) {
    auto* command = verb(*terminal, what);
    command->add_option("NAME", out_.name, tr("cli.terminal.mine"));
    return command;
  };
  auto* allow = answer("allow");
  allow->add_option("--viewer", out_.from, tr("cli.terminal.viewer"))->type_name("NAME");
  auto* once = allow->add_flag("--once", out_.once, tr("cli.terminal.once"));
  allow->add_option("--minutes", out_.minutes, tr("cli.terminal.minutes"))
      ->check(CLI::Range(1, 60).description(""))
      ->type_name("N")
      ->excludes(once);
  answer("deny")->add_option("--viewer", out_.from, tr("cli.terminal.viewer"))->type_name("NAME");
  for (const auto* what : {"revoke", "hide", "show", "mask", "unmask", "attach"}) answer(what);
  answer("record")->add_flag("--stop", out_.stop, tr("cli.terminal.record_stop"));
  auto* replay = verb(*terminal, "replay");
  replay->add_option("FILE", out_.paths, tr("cli.terminal.file"))->required()->expected(1);
  replay->add_option("--speed", out_.speed, tr("cli.terminal.speed"))
      ->check(CLI::Range(0.125, 64.0).description(""))
      ->type_name("N");
  replay->add_option("--seek", out_.seek, tr("cli.terminal.seek"))
      ->check(CLI::Range(0.0, 1e7).description(""))
      ->type_name("SECONDS");
  add_terminal_rules(terminal);
}

void parser::add_terminal_rules(CLI::App* terminal) {
  auto* rule = verb(*terminal, "rule");
  rule->require_subcommand(1);
  with_json(verb(*rule, "list"));
  const auto whom = [this](CLI::App* command) {
    command->add_option("--from", out_.from, tr("cli.terminal.rule.from"))->type_name("NAME")->required();
    command->add_option("--terminal", out_.name, tr("cli.terminal.rule.terminal"))->type_name("NAME");
    with_json(command);
  };
  auto* add = verb(*rule, "add");
  whom(add);
  add->add_option("--minutes", out_.minutes, tr("cli.terminal.minutes"))
      ->check(CLI::Range(1, 60).description(""))
      ->type_name("N");
  whom(verb(*rule, "remove"));
}

void parser::add_rules() {
  auto* rules = verb(app_, "rules");
  rules->require_subcommand(0, 1);
  with_json(rules);
  with_json(verb(*rules, "list"));
  const auto whom = [this](CLI::App* command) {
    auto* from = command->add_option("--from", out_.from, tr("cli.rules.from"))->type_name("NAME");
    auto* room = command->add_option("--room", out_.room, tr("cli.rules.room"))->type_name("ROOM");
    auto* everybody = command->add_flag("--everybody", out_.everybody, tr("cli.rules.everybody"));
    from->excludes(room)->excludes(everybody);
    room->excludes(everybody);
    with_json(command);
  };
  auto* add = verb(*rules, "add");
  whom(add);
  add->add_option("--take", out_.receive, tr("cli.rules.take"))
      ->check(CLI::IsMember({"ask", "auto", "never"}))
      ->type_name("MODE");
  add->add_option("--folder", out_.folder, tr("cli.rules.folder"))->type_name("DIR");
  on_collision(add);
  add->add_option("--allow-get", out_.allow_get, tr("cli.rules.allow_get"))
      ->type_name("DIR")
      ->expected(1)
      ->take_all();
  whom(verb(*rules, "remove"));
}

void parser::add_ignore() {
  auto* ignore = verb(app_, "ignore");
  ignore->require_subcommand(1);
  auto* why = verb(*ignore, "why");
  why->add_option("PATH", out_.paths, tr("cli.ignore.path"))->required()->expected(1);
  why->add_option("--folder", out_.folder, tr("cli.ignore.folder"))->type_name("DIR");
  with_json(why);
}

void parser::add_debug() {
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

const CLI::App* parser::chosen() const {
  const CLI::App* at = &app_;
  while (!at->get_subcommands().empty()) at = at->get_subcommands().front();
  return at;
}

result<std::variant<invocation, print_text>> parser::parse(std::span<const std::string> args) {
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
    return fail(errc::usage, e.what());
  }
  std::vector<std::string> path;
  for (const auto* at = chosen(); at->get_parent() != nullptr; at = at->get_parent())
    path.insert(path.begin(), at->get_name());
  if (app_.got_subcommand("send") && out_.paths.empty() && !out_.text)
    return fail(errc::usage, "PATH or --text is required");
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

void parser::collect(const CLI::App& from, const std::string& prefix, std::vector<command_info>& into) {
  for (const auto* command : from.get_subcommands([](const CLI::App*) { return true; })) {
    command_info info{prefix + command->get_name(), command->get_description(), {}};
    for (const auto* option : command->get_options())
      for (const auto& name : option->get_lnames()) info.options.push_back("--" + name);
    into.push_back(info);
    collect(*command, info.verb + " ", into);
  }
}

std::vector<command_info> parser::commands() const {
  std::vector<command_info> out;
  command_info top{"", app_.get_description(), {}};
  for (const auto* option : app_.get_options())
    for (const auto& name : option->get_lnames()) top.options.push_back("--" + name);
  out.push_back(std::move(top));
  collect(app_, "", out);
  return out;
}

}  // namespace

result<std::variant<invocation, print_text>> parse_command_line(std::span<const std::string> args) {
  parser p;
  return p.parse(args);
}

std::vector<command_info> known_commands() {
  const parser p;
  return p.commands();
}

}  // namespace mesh::app
