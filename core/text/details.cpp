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

// "5 of 7" is "# of #" and the numbers.
struct pattern {
  std::string text;
  std::vector<std::string_view> numbers;
};

pattern pattern_of(std::string_view detail) {
  pattern out;
  while (!detail.empty()) {
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
  if (in == language::en || detail.contains('#')) return std::string(detail);
  const auto asked = pattern_of(detail);
  const auto all = detail_texts();
  const auto found = std::ranges::find(all, asked.text, &detail_text::en);
  if (found == all.end()) return std::string(detail);
  std::string out;
  auto next = asked.numbers.begin();
  for (const char c : found->fr) {
    if (c == '#' && next != asked.numbers.end())
      out += *next++;
    else
      out += c;
  }
  return out;
}

}  // namespace mesh::text
