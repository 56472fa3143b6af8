#include "agent/share/ignore_pattern.hpp"

#include "core/base/limits.hpp"

#include <algorithm>
#include <utility>

namespace mesh::share {
namespace {

// A '\' keeps the blank behind it.
std::string_view without_trailing_spaces(std::string_view line) {
  std::size_t end = 0;
  for (std::size_t at = 0; at < line.size(); ++at) {
    if (line[at] == '\\') {
      if (++at == line.size()) return line;
    } else if (line[at] == ' ') {
      continue;
    }
    end = at + 1;
  }
  return line.substr(0, end);
}

}  // namespace

ignore_pattern::ignore_pattern(std::string text, bool negated, bool directory_only, bool any_level,
                               std::string prefix, std::optional<glob> rest)
    : text_(std::move(text)),
      negated_(negated),
      directory_only_(directory_only),
      any_level_(any_level),
      prefix_(std::move(prefix)),
      rest_(std::move(rest)) {}

std::optional<ignore_pattern> ignore_pattern::parse(std::string_view line) {
  if (line.starts_with('#') || line.size() > limits::ignore_pattern_bytes_max) return std::nullopt;
  const auto trimmed = without_trailing_spaces(line.substr(0, line.find('\0')));
  auto pattern = trimmed;
  const bool negated = pattern.starts_with('!');
  if (negated) pattern.remove_prefix(1);
  const bool directory_only = pattern.ends_with('/');
  if (directory_only) pattern.remove_suffix(1);
  if (pattern.empty()) return std::nullopt;  // nothing has an empty name
  const bool any_level = !pattern.contains('/');
  if (pattern.starts_with('/')) pattern.remove_prefix(1);
  const auto plain = std::min(pattern.find_first_of("*?[\\"), pattern.size());
  std::optional<glob> rest;
  if (plain < pattern.size()) rest.emplace(pattern.substr(plain));
  return ignore_pattern(std::string(trimmed), negated, directory_only, any_level,
                        std::string(pattern.substr(0, plain)), std::move(rest));
}

bool ignore_pattern::matches(std::string_view path, bool directory) const {
  if (directory_only_ && !directory) return false;
  if (any_level_) path.remove_prefix(path.rfind('/') + 1);
  if (!path.starts_with(prefix_)) return false;
  path.remove_prefix(prefix_.size());
  return rest_ ? rest_->matches(path) : path.empty();
}

}  // namespace mesh::share
