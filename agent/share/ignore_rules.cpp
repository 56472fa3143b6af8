#include "agent/share/ignore_rules.hpp"

#include <ranges>

namespace mesh::share {
namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

}  // namespace

void ignore_rules::enter(const std::string& directory, std::string_view text) {
  file made{directory, {}};
  if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
  for (std::size_t number = 1; !text.empty(); ++number) {
    const auto end = text.find('\n');
    auto line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (auto pattern = ignore_pattern::parse(line)) made.rules.push_back({std::move(*pattern), number});
  }
  files_.push_back(std::move(made));
}

std::optional<ignore_verdict> ignore_rules::judge(std::string_view path, bool directory) const {
  for (const auto& file : std::views::reverse(files_)) {
    const auto below = path.substr(file.directory.size());
    for (const auto& rule : std::views::reverse(file.rules))
      if (rule.pattern.matches(below, directory))
        return ignore_verdict{!rule.pattern.negated(), file.directory + std::string(ignore_file_name),
                              rule.line, rule.pattern.text()};
  }
  return std::nullopt;
}

}  // namespace mesh::share
