#include "agent/app/rule_requests.hpp"

#include "agent/os/landlock.hpp"
#include "core/base/log.hpp"

namespace mesh::app {
namespace {

// action: list, add or remove. rule: absent for list; of its members remove reads subject and id.
struct rules_body {
  std::string action;
  std::optional<receive_rule> rule;
};
BOOST_DESCRIBE_STRUCT(rules_body, (), (action, rule))

struct rules_answer {
  std::vector<receive_rule> rules;
  bool restart_needed = false;  // before this process may write into the folder of the new rule
};
BOOST_DESCRIBE_STRUCT(rules_answer, (), (rules, restart_needed))

}  // namespace

bool rule_requests::handle(const control::request& r, control::reply& to) {
  if (r.type != "rules") return false;
  const auto body = wire::from_json<rules_body>(wire::json_value(r.payload), wire::unknown_keys::refuse);
  result<void> done;
  bool restart = false;
  if (!body) {
    done = std::unexpected(body.error());
  } else if (body->action == "add" && body->rule) {
    done = book_.add(*body->rule);
    restart = done && body->rule->folder && !os::may_write_into(*body->rule->folder);
  } else if (body->action == "remove" && body->rule) {
    done = book_.remove(body->rule->subject, body->rule->id);
  } else if (body->action != "list") {
    done = fail(errc::field_invalid, "list, add or remove is expected, and a rule", "action");
  }
  if (!done) {
    to.fail(done.error());
    return true;
  }
  if (body->action != "list") {
    log::info("share", "rules {}: {} {}", body->action, wire::word_of(body->rule->subject), body->rule->id);
    changed_();
  }
  to.done(wire::to_json(rules_answer{book_.rules().all(), restart}).as_object());
  return true;
}

}  // namespace mesh::app
