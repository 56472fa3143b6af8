#include "agent/app/keyboard_rule_book.hpp"

#include "agent/app/kept_file.hpp"
#include "core/base/log.hpp"

namespace mesh::app {
namespace {

constexpr auto file_name = "terminal_rules.json";

struct kept_rules {
  std::vector<keyboard_rule> rules;
};
BOOST_DESCRIBE_STRUCT(kept_rules, (), (rules))

// action: list, add or remove. rule: absent for list; remove reads subject, id and terminal of it.
struct rules_body {
  std::string action;
  std::optional<keyboard_rule> rule;
};
BOOST_DESCRIBE_STRUCT(rules_body, (), (action, rule))

}  // namespace

result<keyboard_rule_book> keyboard_rule_book::open(const os::private_dir& dir) {
  auto kept = read_kept<kept_rules>(dir, file_name);
  if (!kept) return pass(kept);
  keyboard_rules rules;
  for (auto& rule : kept->rules)
    if (auto added = rules.add(std::move(rule)); !added)
      return fail(errc::state_unreadable, (dir.path() / file_name).string() + ": " + added.error().detail);
  return keyboard_rule_book(dir, std::move(rules));
}

bool keyboard_rule_book::handle(const control::request& r, control::reply& to) {
  if (r.type != "terminal_rules") return false;
  const auto body = wire::from_json<rules_body>(wire::json_value(r.payload), wire::unknown_keys::refuse);
  result<void> done;
  auto changed = rules_;
  if (!body)
    done = std::unexpected(body.error());
  else if (body->action == "add" && body->rule)
    done = changed.add(*body->rule);
  else if (body->action == "remove" && body->rule)
    done = changed.remove(body->rule->subject, body->rule->id, body->rule->terminal);
  else if (body->action != "list")
    done = fail(errc::field_invalid, "list, add or remove is expected, and a rule", "action");
  if (done && body->action != "list") {
    done = keep(*dir_, file_name, kept_rules{changed.all()});
    if (done) {
      log::info("terminal", "terminal rules {}: {}", body->action, body->rule->name);
      rules_ = std::move(changed);
    }
  }
  if (!done)
    to.fail(done.error());
  else
    to.done(wire::to_json(kept_rules{rules_.all()}).as_object());
  return true;
}

}  // namespace mesh::app
