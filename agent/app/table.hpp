// Columns of text for people: aligned by what is seen, hostile characters made visible.
#pragma once
#include <string>
#include <vector>

namespace mesh::app {

class table {
 public:
  explicit table(std::vector<std::string> head);
  void add(std::vector<std::string> row);
  bool empty() const { return rows_.size() < 2; }
  // Lines ending in \n; the last column is not padded.
  std::string str() const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace mesh::app
