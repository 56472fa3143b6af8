// Which letters of a terminal's grid are links (OSC 8): libvterm keeps none, so that each cell's is kept
// here, moved and cleared with the letters.
#pragma once
#include "agent/terminal/terminal_size.hpp"

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mesh::terminal {

// "PARAMETERS;ADDRESS", as the program wrote it. Null: no link.
using cell_link = std::shared_ptr<const std::string>;

// From row and column up to, and without, the ends.
struct cell_rect {
  int row = 0;
  int row_end = 0;
  int col = 0;
  int col_end = 0;
};

class link_grid {
 public:
  explicit link_grid(terminal_size size) : size_(size) {}

  // Null for "", and while those that are in use take as much memory as they may.
  cell_link make(std::string_view text);
  void set(int row, int col, const cell_link& link);
  // As letters move: src and dest are of one size.
  void move(const cell_rect& dest, const cell_rect& src);
  void clear();
  void resize(terminal_size size);

  // One a column; empty when the row has none.
  std::span<const cell_link> row(int number) const;

 private:
  bool inside(int row, int col) const noexcept;

  terminal_size size_;
  std::vector<std::vector<cell_link>> rows_;  // made when the first one comes
  std::shared_ptr<std::size_t> bytes_ = std::make_shared<std::size_t>(0);
};

}  // namespace mesh::terminal
