#include "agent/app/chosen_folders.hpp"
#include "agent/app/commands.hpp"
#include "agent/app/folder_probe.hpp"
#include "agent/app/peer_choice.hpp"
#include "agent/app/receive_rules.hpp"
#include "agent/app/table.hpp"
#include "agent/os/xdg.hpp"
#include "core/base/escape.hpp"
#include "core/text/catalogue.hpp"
#include "core/wire/rest_bodies.hpp"

#include <algorithm>
#include <filesystem>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace mesh::app {
namespace {

using text::tr;

struct rule_list {
  std::vector<receive_rule> rules;
};
BOOST_DESCRIBE_STRUCT(rule_list, (), (rules))

std::string whom(const receive_rule& rule) {
  return rule.subject == rule_subject::everybody
             ? tr("rules.everybody")
             : tr("rules." + wire::word_of(rule.subject), escape_controls(rule.name));
}

result<void> show(context& c, const wire::json_object& answer) {
  if (c.asked.json) {
    print_json(answer);
    return {};
  }
  const auto list = wire::from_json<rule_list>(wire::json_value(answer));
  if (!list) return std::unexpected(list.error());
  table out({tr("rules.head.whom"), tr("rules.head.take"), tr("rules.head.collision"),
             tr("rules.head.folder"), tr("rules.head.get")});
  for (const auto& r : list->rules)
    out.add({whom(r), r.receive.value_or("-"), r.on_collision.value_or("-"),
             escape_controls(r.folder.value_or("-")),
             r.allow_get ? escape_controls(fmt::format("{}", fmt::join(*r.allow_get, ", "))) : "-"});
  print(out.empty() ? tr("rules.none") + "\n" : out.str());
  const auto* restart = answer.if_contains("restart_needed");
  if (restart != nullptr && restart->is_bool() && restart->get_bool())
    print_error(tr("rules.restart") + "\n");
  return {};
}

// --from NAME | --room ROOM | --everybody, as the server knows them.
result<receive_rule> subject_of(const context& c, asker& agent) {
  receive_rule rule;
  if (c.asked.everybody) return rule;
  if (!c.asked.room.empty()) {
    const auto rooms = agent.get<wire::room_list>("/api/rooms");
    if (!rooms) return std::unexpected(rooms.error());
    for (const auto& room : rooms->rooms)
      if (room.id.str() == c.asked.room || room.name == c.asked.room)
        return receive_rule{rule_subject::room, room.id.str(), room.name, {}, {}, {}};
    return fail(errc::not_found, c.asked.room, "--room");
  }
  if (c.asked.from.empty()) return fail(errc::usage, tr("usage.whom"), "--from");
  const auto devices = agent.get<wire::device_list>("/api/devices?scope=peers");
  if (!devices) return std::unexpected(devices.error());
  for (const auto& d : devices->devices)
    if (d.device_id.str() == c.asked.from) {
      receive_rule of_device{rule_subject::device, c.asked.from, c.asked.from, {}, {}, {}};
      if (!c.asked.allow_get.empty() && d.own) of_device.key_sha256 = d.key_sha256;
      return of_device;
    }
  for (const auto& d : devices->devices)
    if (d.username == c.asked.from)
      return receive_rule{rule_subject::user, d.user_id.str(), d.username, {}, {}, {}};
  return fail(errc::peer_unknown, c.asked.from, "--from");
}

// Of the rules there are: people and rooms may be gone, and nobody has to be asked.
result<receive_rule> known_rule(const context& c, asker& agent) {
  const auto answer = agent.ask("rules", {{"action", "list"}});
  if (!answer) return std::unexpected(answer.error());
  const auto list = wire::from_json<rule_list>(wire::json_value(*answer));
  if (!list) return std::unexpected(list.error());
  const auto& wanted = c.asked.room.empty() ? c.asked.from : c.asked.room;
  if (wanted.empty() && !c.asked.everybody) return fail(errc::usage, tr("usage.whom"), "--from");
  for (const auto& r : list->rules) {
    const bool right_kind = c.asked.everybody ? r.subject == rule_subject::everybody
                                              : (r.subject == rule_subject::room) == !c.asked.room.empty();
    if (right_kind && (c.asked.everybody || r.id == wanted || r.name == wanted)) return r;
  }
  return fail(errc::not_found, wanted.empty() ? "--everybody" : wanted, "rule");
}

// As they are, not as links lead to them: what is fetched is compared with these words.
result<std::vector<std::string>> folders_to_give(const std::vector<std::string>& given) {
  std::vector<std::string> out;
  for (const auto& folder : given) {
    std::error_code code;
    const auto real = std::filesystem::canonical(folder, code);
    if (code || !std::filesystem::is_directory(real, code))
      return fail(errc::usage, tr("usage.no_folder", escape_controls(folder)), "--allow-get");
    out.push_back(real.string());
  }
  return out;
}

result<void> change(context& c, asker& agent, const char* action, const receive_rule& rule) {
  const auto answer = agent.ask("rules", {{"action", action}, {"rule", wire::to_json(rule)}});
  if (!answer) return std::unexpected(answer.error());
  return show(c, *answer);
}

}  // namespace

result<void> list_rules(context& c) {
  auto agent = c.open(need::account);
  if (!agent) return pass(agent);
  const auto answer = (*agent)->ask("rules", {{"action", "list"}});
  if (!answer) return std::unexpected(answer.error());
  return show(c, *answer);
}

result<void> add_rule(context& c) {
  if (c.asked.receive.empty() && c.asked.folder.empty() && c.asked.on_collision.empty() &&
      c.asked.allow_get.empty())
    return fail(errc::usage, tr("usage.rule"), "--take");
  auto agent = c.open(need::account);
  if (!agent) return pass(agent);
  auto rule = subject_of(c, **agent);
  if (!rule) return pass(rule);
  if (!c.asked.receive.empty()) rule->receive = c.asked.receive;
  if (!c.asked.on_collision.empty()) rule->on_collision = c.asked.on_collision;
  if (!c.asked.folder.empty()) {
    std::error_code code;
    rule->folder =
        std::filesystem::weakly_canonical(std::filesystem::absolute(c.asked.folder), code).string();
    if (code) return fail(errc::write_failed, c.asked.folder + ": " + code.message(), "--folder");
    if (const auto usable = probe_folder(*rule->folder); !usable)
      return fail(errc::write_failed,
                  tr("rules.folder_unusable", escape_controls(*rule->folder), usable.error().detail),
                  "--folder");
    if (auto chosen = choose_folder(os::state_dir(c.variables), *rule->folder); !chosen) return chosen;
  }
  if (!c.asked.allow_get.empty()) {
    if (!rule->key_sha256)
      return fail(errc::usage, "--allow-get is for one other machine of yours: --from DEVICE", "--allow-get");
    auto folders = folders_to_give(c.asked.allow_get);
    if (!folders) return pass(folders);
    rule->allow_get = std::move(*folders);
  }
  return change(c, **agent, "add", *rule);
}

result<void> remove_rule(context& c) {
  auto agent = c.open(need::account);
  if (!agent) return pass(agent);
  const auto rule = known_rule(c, **agent);
  if (!rule) return std::unexpected(rule.error());
  return change(c, **agent, "remove", *rule);
}

}  // namespace mesh::app
