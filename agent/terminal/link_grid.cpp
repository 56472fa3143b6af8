#include "agent/terminal/link_grid.hpp"

#include <algorithm>

namespace mesh::terminal {
namespace {

// Of all links on the grid: a program could give each letter a long one of its own.
constexpr std::size_t bytes_max = 1024UZ * 1024;

}  // namespace

cell_link link_grid::make(std::string_view text) {
  if (text.empty() || *bytes_ + text.size() > bytes_max) return nullptr;
  *bytes_ += text.size();
  return {new std::string(text), [used = bytes_](const std::string* gone) {
            *used -= gone->size();
            delete gone;
          }};
}

bool link_grid::inside(int row, int col) const noexcept {
  return row >= 0 && row < size_.rows && col >= 0 && col < size_.cols;
}

void link_grid::set(int row, int col, const cell_link& link) {
  if (!inside(row, col) || (!link && rows_.empty())) return;
  if (rows_.empty()) rows_.resize(static_cast<std::size_t>(size_.rows));
  auto& line = rows_[static_cast<std::size_t>(row)];
  if (line.empty() && !link) return;
  line.resize(static_cast<std::size_t>(size_.cols));
  line[static_cast<std::size_t>(col)] = link;
}

void link_grid::move(const cell_rect& dest, const cell_rect& src) {
  if (rows_.empty()) return;
  std::vector<cell_link> held;
  for (int row = src.row; row < src.row_end; ++row)
    for (int col = src.col; col < src.col_end; ++col) {
      const auto line = this->row(row);
      const auto at = static_cast<std::size_t>(std::max(col, 0));
      held.push_back(at < line.size() ? line[at] : nullptr);
    }
  auto next = held.begin();
  for (int row = dest.row; row < dest.row_end; ++row)
    for (int col = dest.col; col < dest.col_end && next != held.end(); ++col) set(row, col, *next++);
}

void link_grid::clear() {
  rows_.clear();
}

void link_grid::resize(terminal_size size) {
  size_ = size;
  if (rows_.empty()) return;
  rows_.resize(static_cast<std::size_t>(size.rows));
  for (auto& line : rows_)
    if (!line.empty()) line.resize(static_cast<std::size_t>(size.cols));
}

std::span<const cell_link> link_grid::row(int number) const {
  if (number < 0 || static_cast<std::size_t>(number) >= rows_.size()) return {};
  return rows_[static_cast<std::size_t>(number)];
}

}  // namespace mesh::terminal
