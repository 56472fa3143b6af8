// The text that brings another terminal into the state of this one, put together of its parts.
#pragma once
#include "agent/terminal/screen.hpp"

#include <deque>
#include <span>
#include <string>
#include <vector>

namespace mesh::terminal {

// Where a program left the cursor to come back to (DECSC), and how it wrote there.
struct saved_cursor {
  cursor_place place;
  std::string pen = "\x1b[0m";
};

struct snapshot_parts {
  terminal_size size;
  const terminal_modes& modes;
  const std::deque<std::string>& scrollback;
  std::span<const std::string> rows;
  cursor_place cursor;
  std::string pen;
  const saved_cursor& saved;
  // What the normal screen showed when a program switched to the alternate one; null when none did.
  const std::vector<std::string>* normal = nullptr;
  std::string_view pending;  // the beginning of a sequence
};

std::string render(const snapshot_parts& parts);

}  // namespace mesh::terminal
