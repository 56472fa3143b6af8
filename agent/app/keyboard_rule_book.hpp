// The standing rules about keyboards as they are kept in the state directory.
#pragma once
#include "agent/app/keyboard_rules.hpp"
#include "agent/control/message.hpp"
#include "agent/os/private_dir.hpp"

namespace mesh::app {

// One thread.
class keyboard_rule_book {
 public:
  // Reads what was kept in dir, which outlives the book. Errors: state_unreadable.
  static result<keyboard_rule_book> open(const os::private_dir& dir);

  const keyboard_rules& rules() const noexcept { return rules_; }
  // The request of the CLI about them, terminal_rules; false for others.
  bool handle(const control::request& r, control::reply& to);

 private:
  keyboard_rule_book(const os::private_dir& dir, keyboard_rules rules)
      : dir_(&dir), rules_(std::move(rules)) {}

  const os::private_dir* dir_;
  keyboard_rules rules_;
};

}  // namespace mesh::app
