#include "core/text/details.hpp"

#include "core/text/detail_texts.hpp"

#include <algorithm>
#include <vector>

namespace mesh::text {
namespace {

bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

constexpr std::size_t digits_max = 20;  // of 64 bits

// 5 of "a" is # of "@" with the number and the name.
struct pattern {
  std::string text;
  std::vector<std::string_view> numbers;
  std::vector<std::string_view> names;
};

pattern pattern_of(std::string_view detail) {
  pattern out;
  while (!detail.empty()) {
    if (const auto end = detail.find('"', 1); detail.starts_with('"') && end != std::string_view::npos) {
      out.text += "\"@\"";
      out.names.push_back(detail.substr(1, end - 1));
      detail.remove_prefix(end + 1);
      continue;
    }
    const auto size = static_cast<std::size_t>(std::ranges::find_if_not(detail, is_digit) - detail.begin());
    if (size == 0 || size > digits_max) {
      const auto taken = std::max<std::size_t>(size, 1);
      out.text += detail.substr(0, taken);
      detail.remove_prefix(taken);
      continue;
    }
    out.text += '#';
    out.numbers.push_back(detail.substr(0, size));
    detail.remove_prefix(size);
  }
  return out;
}

}  // namespace

std::string detail_in(std::string_view detail, language in) {
  if (in == language::en) return std::string(detail);
  const auto asked = pattern_of(detail);
  const auto all = detail_texts();
  const auto found = std::ranges::find(all, asked.text, &detail_text::en);
  if (found == all.end()) return std::string(detail);
  const auto holds = [&](char mark, std::size_t count) {
    return std::ranges::count(found->en, mark) == static_cast<std::ptrdiff_t>(count);
  };
  // A detail that holds such a mark itself is none of ours.
  if (!holds('#', asked.numbers.size()) || !holds('@', asked.names.size())) return std::string(detail);
  std::string out;
  auto number = asked.numbers.begin();
  auto name = asked.names.begin();
  for (const char c : found->fr) {
    if (c == '#' && number != asked.numbers.end())
      out += *number++;
    else if (c == '@' && name != asked.names.end())
      out += *name++;
    else
      out += c;
  }
  return out;
}

}  // namespace mesh::text
