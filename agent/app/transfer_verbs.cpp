#include "agent/app/command_parser.hpp"
#include "core/text/catalogue.hpp"

namespace mesh::app {

using text::tr;

void command_parser::add_transfers() {
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

void command_parser::on_collision(CLI::App* command) {
  command->add_option("--on-collision", out_.on_collision, tr("cli.on_collision"))
      ->check(CLI::IsMember({"rename", "overwrite", "skip"}))
      ->type_name("POLICY");
}

void command_parser::add_rules() {
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

void command_parser::add_ignore() {
  auto* ignore = verb(app_, "ignore");
  ignore->require_subcommand(1);
  auto* why = verb(*ignore, "why");
  why->add_option("PATH", out_.paths, tr("cli.ignore.path"))->required()->expected(1);
  why->add_option("--folder", out_.folder, tr("cli.ignore.folder"))->type_name("DIR");
  with_json(why);
}

void command_parser::add_ping() {
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

}  // namespace mesh::app
