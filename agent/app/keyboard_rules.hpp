// Standing rules of this machine: who may type into its shared terminals without being asked about.
#pragma once
#include "core/base/error.hpp"
#include "core/base/id.hpp"
#include "core/wire/json.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mesh::app {

enum class keyboard_subject { device, user };
BOOST_DESCRIBE_ENUM(keyboard_subject, device, user)

// id: device_id or user id. name: of that person when the rule was made. key_sha256: the key of the machine
// when the rule was made, so that no other one takes its name; absent for a person. terminal: any when
// absent. minutes: of one lease.
struct keyboard_rule {
  keyboard_subject subject = keyboard_subject::device;
  std::string id;
  std::string name;
  std::optional<std::string> key_sha256;
  std::optional<std::string> terminal;
  std::int64_t minutes = 0;
};
BOOST_DESCRIBE_STRUCT(keyboard_rule, (), (subject, id, name, key_sha256, terminal, minutes))

// Who looks at a terminal, as its session says.
struct keyboard_asker {
  mesh::device_id device;
  std::string key_sha256;
  mesh::user_id user;
};

class keyboard_rules {
 public:
  // In the place of the rule for the same subject and terminal. Errors: field_invalid, busy above
  // limits::terminal_rules_max.
  result<void> add(keyboard_rule rule);
  // Errors: not_found.
  result<void> remove(keyboard_subject subject, const std::string& id,
                      const std::optional<std::string>& terminal);
  const std::vector<keyboard_rule>& all() const noexcept { return rules_; }

  // The rule that holds: one for this terminal before one for any, a machine's before its person's. nullptr:
  // the sharer is asked.
  const keyboard_rule* find(const keyboard_asker& who, std::string_view terminal) const;

 private:
  std::vector<keyboard_rule> rules_;
};

}  // namespace mesh::app
