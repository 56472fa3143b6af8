#include "agent/app/table.hpp"

#include "core/base/escape.hpp"

#include <algorithm>

namespace mesh::app {

table::table(std::vector<std::string> head) {
  rows_.push_back(std::move(head));
}

void table::add(std::vector<std::string> row) {
  for (auto& cell : row) cell = escape_controls(cell);
  rows_.push_back(std::move(row));
}

std::string table::str() const {
  std::vector<std::size_t> widths(rows_.front().size());
  for (const auto& row : rows_)
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], utf8_length(row[i]));
  std::string out;
  for (const auto& row : rows_) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      out += row[i];
      if (i + 1 < row.size()) out.append(widths[i] - utf8_length(row[i]) + 2, ' ');
    }
    out += '\n';
  }
  return out;
}

}  // namespace mesh::app
