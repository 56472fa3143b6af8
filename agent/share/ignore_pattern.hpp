// One line of a .meshignore, which is written as .gitignore(5).
#pragma once
#include "agent/share/glob.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace mesh::share {

class ignore_pattern {
 public:
  // line: without its end. Nothing for blank lines, comments and lines above
  // limits::ignore_pattern_bytes_max.
  static std::optional<ignore_pattern> parse(std::string_view line);

  // path: below the folder of the .meshignore, components joined by '/'. Directories above it are not looked
  // at.
  bool matches(std::string_view path, bool directory) const;
  // '!': what an earlier line excludes is let in again.
  bool negated() const noexcept { return negated_; }
  // As it was written, without blanks at the end.
  const std::string& text() const noexcept { return text_; }

 private:
  ignore_pattern(std::string text, bool negated, bool directory_only, bool any_level, std::string prefix,
                 std::optional<glob> rest);

  std::string text_;
  bool negated_;
  bool directory_only_;
  bool any_level_;      // without '/' in it: the name alone decides
  std::string prefix_;  // what has no wildcard; rest_ begins behind it
  std::optional<glob> rest_;
};

}  // namespace mesh::share
