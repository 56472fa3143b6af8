#include "agent/share/ignore_rules.hpp"
#include "core/base/limits.hpp"
#include "tests/fuzz/targets.hpp"

#include <algorithm>
#include <string>

namespace mesh::fuzz {

// The path, a line end, then the patterns; a path with a '/' at its end is a directory.
void ignore(bytes_view data) {
  const auto text = as_text(data).substr(0, 8192);
  const auto end = std::min(text.find('\n'), text.size());
  auto path = std::string(text.substr(0, std::min<std::size_t>(end, 255)));
  const bool directory = path.ends_with('/');
  if (directory) path.pop_back();
  const auto patterns = text.substr(std::min(end + 1, text.size()));
  share::ignore_rules rules;
  rules.enter("", patterns);
  const auto verdict = rules.judge(path, directory);
  if (!verdict) return;
  require(verdict->line >= 1 &&
              static_cast<std::ptrdiff_t>(verdict->line) <= 1 + std::ranges::count(patterns, '\n'),
          "the line is one of the file");
  require(verdict->file == share::ignore_file_name, "the file is the one that was read");
  require(verdict->pattern.size() <= limits::ignore_pattern_bytes_max, "no pattern is beyond its bound");
  require(verdict->ignored != verdict->pattern.starts_with('!'), "a '!' lets in, all else leaves out");
  share::ignore_rules alone;
  alone.enter("", "\n" + verdict->pattern + "\r\n");  // not where a byte order mark would go
  require(alone.judge(path, directory).has_value(), "the line that decides matches alone");
}

}  // namespace mesh::fuzz
