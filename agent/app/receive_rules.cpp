#include "agent/app/receive_rules.hpp"

#include "agent/share/accept_policy.hpp"
#include "agent/share/collision.hpp"
#include "agent/share/get_scope.hpp"
#include "core/base/limits.hpp"

#include <algorithm>
#include <tuple>

namespace mesh::app {
namespace {

result<void> judge(const receive_rule& rule) {
  if ((rule.subject == rule_subject::everybody) != rule.id.empty())
    return fail(errc::field_invalid, "a rule for somebody names him, one for everybody nobody", "id");
  if (!rule.receive && !rule.folder && !rule.on_collision && !rule.allow_get)
    return fail(errc::field_invalid, "the rule says nothing", "receive");
  if (rule.receive && !share::receive_mode_named(*rule.receive))
    return fail(errc::field_invalid, "ask, auto or never is expected", "receive");
  if (rule.on_collision && !share::collision_named(*rule.on_collision))
    return fail(errc::field_invalid, "rename, overwrite or skip is expected", "on_collision");
  if (rule.folder && !rule.folder->starts_with('/'))
    return fail(errc::field_invalid, "an absolute path is expected", "folder");
  if (!rule.allow_get) return {};
  if (rule.subject != rule_subject::device || !rule.key_sha256)
    return fail(errc::field_invalid, "files are given to one machine of one's own, with its key",
                "allow_get");
  for (const auto& folder : *rule.allow_get)
    if (auto inside = share::locate_get(*rule.allow_get, folder); !inside || !inside->relative.empty())
      return fail(errc::field_invalid, "an absolute path is expected", "allow_get");
  return {};
}

bool fits(const receive_rule& rule, const rule_sender& sender) {
  switch (rule.subject) {
    case rule_subject::device:
      return rule.id == sender.device.str();
    case rule_subject::user:
      return rule.id == sender.user.str();
    case rule_subject::room:
      return sender.room && rule.id == sender.room->str();
    case rule_subject::everybody:
      return true;
  }
  return false;
}

}  // namespace

result<void> receive_rules::add(receive_rule rule) {
  if (auto good = judge(rule); !good) return good;
  (void)remove(rule.subject, rule.id);
  if (rules_.size() >= limits::receive_rules_max) return fail(errc::busy, "there are too many rules");
  auto folders = rule.allow_get ? rule.allow_get->size() : 0;
  for (const auto& other : rules_) folders += other.allow_get ? other.allow_get->size() : 0;
  if (folders > limits::get_folders_max) return fail(errc::busy, "there are too many folders to fetch from");
  const auto order = [](const receive_rule& r) { return std::tie(r.subject, r.id); };
  rules_.insert(std::ranges::upper_bound(rules_, order(rule), {}, order), std::move(rule));
  return {};
}

result<void> receive_rules::remove(rule_subject subject, const std::string& id) {
  if (std::erase_if(rules_, [&](const receive_rule& r) { return r.subject == subject && r.id == id; }) == 0)
    return fail(errc::not_found, "no such rule", "id");
  return {};
}

receive_rule receive_rules::for_sender(const rule_sender& sender) const {
  receive_rule out;
  for (const auto& rule : rules_) {
    if (!fits(rule, sender)) continue;
    if (!out.receive) out.receive = rule.receive;
    if (!out.folder) out.folder = rule.folder;
    if (!out.on_collision) out.on_collision = rule.on_collision;
  }
  return out;
}

std::vector<std::string> receive_rules::given_to(const mesh::device_id& device,
                                                 std::string_view key_sha256) const {
  for (const auto& rule : rules_)
    if (rule.subject == rule_subject::device && rule.id == device.str() && rule.allow_get &&
        rule.key_sha256 == key_sha256)
      return *rule.allow_get;
  return {};
}

}  // namespace mesh::app
