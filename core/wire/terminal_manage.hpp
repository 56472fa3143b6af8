// What a person's page wants of the terminals that one of their agents shares, and what that agent tells of
// them.
#pragma once
#include "core/wire/json.hpp"

#include <optional>
#include <string>
#include <vector>

namespace mesh::wire {

// terminal.manage, of a page to an agent of the same person. action: "list" is answered by terminal.managed;
// "allow" (for minutes), "once" and "deny" answer `viewer`, the name of who asks for the keyboard, "fit" and
// "keep" the one who asks for another size; "revoke", "hide" and "show" are about the terminal `name`.
struct terminal_manage {
  std::string action;
  std::optional<std::string> name;
  std::optional<std::string> viewer;
  std::optional<std::int64_t> minutes;
};
BOOST_DESCRIBE_STRUCT(terminal_manage, (), (action, name, viewer, minutes))

// Somebody asks for a terminal in this size.
struct managed_size {
  std::string viewer;
  std::int64_t cols = 0;
  std::int64_t rows = 0;
};
BOOST_DESCRIBE_STRUCT(managed_size, (), (viewer, cols, rows))

// watching, asked, controller: names of people who look, who ask for the keyboard, who has it.
struct managed_terminal {
  std::string name;
  std::int64_t cols = 0;
  std::int64_t rows = 0;
  bool hidden = false;
  std::vector<std::string> watching;
  std::vector<std::string> asked;
  std::optional<std::string> controller;
  std::optional<std::vector<managed_size>> sizes = {};
};
BOOST_DESCRIBE_STRUCT(managed_terminal, (), (name, cols, rows, hidden, watching, asked, controller, sizes))

// terminal.managed: all that the agent shares. refused: the word for why the last wish was not obeyed.
struct terminal_managed {
  std::vector<managed_terminal> terminals;
  std::optional<std::string> refused;
};
BOOST_DESCRIBE_STRUCT(terminal_managed, (), (terminals, refused))

}  // namespace mesh::wire
