// Standing rules of this machine: whose files it takes, into which folder, and what happens to a name that is
// taken.
#pragma once
#include "core/base/error.hpp"
#include "core/base/id.hpp"
#include "core/wire/json.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mesh::app {

// The more special one comes first.
enum class rule_subject { device, user, room, everybody };
BOOST_DESCRIBE_ENUM(rule_subject, device, user, room, everybody)

// id: device_id, user id or room id, empty for everybody. name: of that person or room when the rule was
// made. receive: ask (also one's own machines), auto or never. on_collision: rename, overwrite or skip. What
// is absent is left to the next rule that fits. allow_get: folders that this machine of the same person may
// fetch from; key_sha256: its key when the rule was made, so that no other one takes its name.
struct receive_rule {
  rule_subject subject = rule_subject::everybody;
  std::string id;
  std::string name;
  std::optional<std::string> receive;
  std::optional<std::string> folder;
  std::optional<std::string> on_collision;
  std::optional<std::vector<std::string>> allow_get = {};
  std::optional<std::string> key_sha256 = {};
};
BOOST_DESCRIBE_STRUCT(receive_rule, (),
                      (subject, id, name, receive, folder, on_collision, allow_get, key_sha256))

// Who sends, and in whose name.
struct rule_sender {
  mesh::device_id device;
  mesh::user_id user;
  std::optional<mesh::room_id> room;
};

class receive_rules {
 public:
  // In the place of the rule for the same subject. Errors: field_invalid (a word, a folder that is not
  // absolute, a rule that says nothing), busy when there are too many.
  result<void> add(receive_rule rule);
  // Errors: not_found.
  result<void> remove(rule_subject subject, const std::string& id);
  // The more special ones first.
  const std::vector<receive_rule>& all() const noexcept { return rules_; }

  // What holds for this sender: a rule with neither subject nor id, whose absent members no rule decides.
  receive_rule for_sender(const rule_sender& sender) const;
  // The folders that a machine may fetch from; none unless a rule names it and its key.
  std::vector<std::string> given_to(const mesh::device_id& device, std::string_view key_sha256) const;

 private:
  std::vector<receive_rule> rules_;
};

}  // namespace mesh::app
