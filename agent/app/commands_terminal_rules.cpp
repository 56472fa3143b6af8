#include "agent/app/commands.hpp"
#include "agent/app/keyboard_rules.hpp"
#include "agent/app/table.hpp"
#include "core/base/escape.hpp"
#include "core/base/limits.hpp"
#include "core/text/catalogue.hpp"
#include "core/wire/rest_bodies.hpp"

#include <fmt/format.h>

namespace mesh::app {
namespace {

using text::tr;

struct rule_list {
  std::vector<keyboard_rule> rules;
};
BOOST_DESCRIBE_STRUCT(rule_list, (), (rules))

result<rule_list> ask(asker& agent, const char* action, const keyboard_rule* rule = nullptr) {
  wire::json_object body{{"action", action}};
  if (rule != nullptr) body["rule"] = wire::to_json(*rule);
  const auto answer = agent.ask("terminal_rules", std::move(body));
  if (!answer) return std::unexpected(answer.error());
  return wire::from_json<rule_list>(wire::json_value(*answer));
}

result<void> show(const context& c, const result<rule_list>& list) {
  if (!list) return std::unexpected(list.error());
  if (c.asked.json) {
    print_json(wire::to_json(*list));
    return {};
  }
  table out(
      {tr("terminal.rule.head.who"), tr("terminal.rule.head.terminal"), tr("terminal.rule.head.minutes")});
  for (const auto& r : list->rules)
    out.add({tr("terminal.rule." + wire::word_of(r.subject), escape_controls(r.name)),
             r.terminal ? escape_controls(*r.terminal) : tr("terminal.rule.any"),
             fmt::format("{}", r.minutes)});
  print(out.empty() ? tr("terminal.rule.none") + "\n" : out.str());
  return {};
}

std::optional<std::string> terminal_of(const context& c) {
  return c.asked.name.empty() ? std::nullopt : std::optional(c.asked.name);
}

// A machine as the server knows it now, else a person.
result<keyboard_rule> subject_of(const context& c, asker& agent) {
  const auto devices = agent.get<wire::device_list>("/api/devices?scope=peers");
  if (!devices) return std::unexpected(devices.error());
  for (const auto& d : devices->devices)
    if (d.device_id.str() == c.asked.from)
      return keyboard_rule{
          keyboard_subject::device, c.asked.from, c.asked.from, d.key_sha256, terminal_of(c), 0};
  for (const auto& d : devices->devices)
    if (d.username == c.asked.from)
      return keyboard_rule{keyboard_subject::user, d.user_id.str(), d.username, {}, terminal_of(c), 0};
  return fail(errc::peer_unknown, c.asked.from, "--from");
}

}  // namespace

result<void> terminal_rules(context& c) {
  auto agent = c.open(need::node);
  if (!agent) return pass(agent);
  return show(c, ask(**agent, "list"));
}

result<void> terminal_rule_add(context& c) {
  auto agent = c.open(need::node);
  if (!agent) return pass(agent);
  auto rule = subject_of(c, **agent);
  if (!rule) return pass(rule);
  rule->minutes = c.asked.minutes > 0 ? c.asked.minutes : limits::terminal_control_life.count();
  return show(c, ask(**agent, "add", &*rule));
}

// Of the rules there are: people may be gone, and nobody has to be asked.
result<void> terminal_rule_remove(context& c) {
  auto agent = c.open(need::node);
  if (!agent) return pass(agent);
  const auto list = ask(**agent, "list");
  if (!list) return std::unexpected(list.error());
  for (const auto& r : list->rules)
    if ((r.id == c.asked.from || r.name == c.asked.from) && r.terminal == terminal_of(c))
      return show(c, ask(**agent, "remove", &r));
  return fail(errc::not_found, c.asked.from, "rule");
}

}  // namespace mesh::app
