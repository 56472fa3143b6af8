// What the agent tells a window about its terminal, read; and the key with which a command to the window
// begins.
#pragma once
#include "agent/terminal/terminal_size.hpp"
#include "core/wire/json.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace mesh::app {

constexpr char command_key = '\x1d';  // Ctrl-]

// Empty, 0, false or absent when there is no such thing.
std::string text_of(const wire::json_object& o, std::string_view key);
// As it may be shown.
std::string shown_text_of(const wire::json_object& o, std::string_view key);
// The names of a list, as they may be shown: "ana, ben". Who stands there twice is named once.
std::string shown_names(const wire::json_value& list);
int number_of(const wire::json_object& o, std::string_view key);
bool truth_of(const wire::json_object& o, std::string_view key);
// cols and rows of it.
terminal::terminal_size size_of(const wire::json_object& o);
std::optional<terminal::terminal_size> size_of(const wire::json_object& o, std::string_view key);

}  // namespace mesh::app
