// How large a terminal is, in letters.
#pragma once

namespace mesh::terminal {

struct terminal_size {
  int cols = 80;
  int rows = 24;
  bool operator==(const terminal_size&) const = default;
};

// Within the limits of a terminal.
bool valid(const terminal_size& size) noexcept;

// From 0, below and right of the upper left corner.
struct cursor_place {
  int row = 0;
  int col = 0;
};

}  // namespace mesh::terminal
