// The .meshignore files that hold for a place in a folder: its own and those of the directories above it, the
// nearest one first, in each the last line that matches.
#pragma once
#include "agent/share/ignore_pattern.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mesh::share {

inline constexpr std::string_view ignore_file_name = ".meshignore";

// Which line decides. file: its path below the folder that is sent. line: from 1. ignored: false for a '!'
// line.
struct ignore_verdict {
  bool ignored = false;
  std::string file;
  std::size_t line = 0;
  std::string pattern;
};

class ignore_rules {
 public:
  // directory: below the folder that is sent, with a trailing '/' unless empty. text: of the .meshignore in
  // it. Every directory is left again before one beside it is entered.
  void enter(const std::string& directory, std::string_view text);
  void leave() { files_.pop_back(); }

  // path: in the directory entered last. Nothing when no line speaks of it. What lies in an ignored directory
  // is ignored with it: the caller does not look there.
  std::optional<ignore_verdict> judge(std::string_view path, bool directory) const;

 private:
  struct rule {
    ignore_pattern pattern;
    std::size_t line = 0;
  };
  struct file {
    std::string directory;
    std::vector<rule> rules;
  };

  std::vector<file> files_;
};

}  // namespace mesh::share
