#include "agent/app/keyboard_rules.hpp"

#include "core/base/limits.hpp"

#include <algorithm>
#include <tuple>

namespace mesh::app {
namespace {

result<void> judge(const keyboard_rule& rule) {
  if (rule.id.empty()) return fail(errc::field_missing, "whom is it for?", "id");
  if ((rule.subject == keyboard_subject::device) != rule.key_sha256.has_value())
    return fail(errc::field_invalid, "a machine is known by its key, a person by none", "key_sha256");
  if (rule.terminal && (rule.terminal->empty() || rule.terminal->size() > limits::terminal_name_chars_max))
    return fail(errc::field_invalid, "no terminal has this name", "terminal");
  if (rule.minutes < 1 || rule.minutes > limits::terminal_control_life_max.count())
    return fail(errc::field_invalid, "between 1 and 60 minutes", "minutes");
  return {};
}

bool fits(const keyboard_rule& rule, const keyboard_asker& who, std::string_view terminal) {
  if (rule.terminal && *rule.terminal != terminal) return false;
  if (rule.subject == keyboard_subject::user) return rule.id == who.user.str();
  return rule.id == who.device.str() && rule.key_sha256 == who.key_sha256;
}

}  // namespace

result<void> keyboard_rules::add(keyboard_rule rule) {
  if (auto good = judge(rule); !good) return good;
  (void)remove(rule.subject, rule.id, rule.terminal);
  if (rules_.size() >= limits::terminal_rules_max) return fail(errc::busy, "there are too many rules");
  const auto order = [](const keyboard_rule& r) {
    return std::tuple(!r.terminal.has_value(), r.subject, r.id, r.terminal.value_or(""));
  };
  rules_.insert(std::ranges::upper_bound(rules_, order(rule), {}, order), std::move(rule));
  return {};
}

result<void> keyboard_rules::remove(keyboard_subject subject, const std::string& id,
                                    const std::optional<std::string>& terminal) {
  const auto same = [&](const keyboard_rule& r) {
    return r.subject == subject && r.id == id && r.terminal == terminal;
  };
  if (std::erase_if(rules_, same) == 0) return fail(errc::not_found, "no such rule", "id");
  return {};
}

const keyboard_rule* keyboard_rules::find(const keyboard_asker& who, std::string_view terminal) const {
  const auto found = std::ranges::find_if(rules_, [&](const auto& r) { return fits(r, who, terminal); });
  return found == rules_.end() ? nullptr : &*found;
}

}  // namespace mesh::app
