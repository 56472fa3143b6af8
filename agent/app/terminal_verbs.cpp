#include "agent/app/command_parser.hpp"
#include "core/base/limits.hpp"
#include "core/text/catalogue.hpp"

#include <utility>

namespace mesh::app {

using text::tr;

void command_parser::add_terminals() {
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
  verb(*terminal, "view")->add_option("NAME", out_.name, tr("cli.terminal.which"));
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
  auto* fit = answer("fit");
  fit->add_option("--viewer", out_.from, tr("cli.terminal.viewer"))->type_name("NAME");
  size(fit);
  answer("keep")->add_option("--viewer", out_.from, tr("cli.terminal.viewer"))->type_name("NAME");
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

void command_parser::add_terminal_rules(CLI::App* terminal) {
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

}  // namespace mesh::app
