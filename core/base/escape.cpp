#include "core/base/escape.hpp"

#include <cstdint>

#include <fmt/format.h>

namespace mesh {
namespace {

struct decoded {
  char32_t point = 0;
  std::size_t size = 0;  // 0: not UTF-8
};

decoded decode(std::string_view text) noexcept {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const auto follows = [&](std::size_t i) { return i < text.size() && (byte(i) & 0xC0) == 0x80; };
  const std::uint8_t first = byte(0);
  if (first < 0x80) return {first, 1};
  if (first >= 0xC2 && first <= 0xDF && follows(1))
    return {static_cast<char32_t>((first & 0x1F) << 6 | (byte(1) & 0x3F)), 2};
  if ((first & 0xF0) == 0xE0 && follows(1) && follows(2)) {
    const auto point = static_cast<char32_t>((first & 0x0F) << 12 | (byte(1) & 0x3F) << 6 | (byte(2) & 0x3F));
    if (point < 0x800 || (point >= 0xD800 && point <= 0xDFFF)) return {};
    return {point, 3};
  }
  if (first >= 0xF0 && first <= 0xF4 && follows(1) && follows(2) && follows(3)) {
    const auto point = static_cast<char32_t>((first & 0x07) << 18 | (byte(1) & 0x3F) << 12 |
                                             (byte(2) & 0x3F) << 6 | (byte(3) & 0x3F));
    if (point < 0x10000 || point > 0x10FFFF) return {};
    return {point, 4};
  }
  return {};
}

bool must_escape(char32_t point) noexcept {
  if (point == '\t') return false;
  return point < 0x20 || (point >= 0x7F && point <= 0x9F) ||  // C0, DEL, C1
         (point >= 0x200B && point <= 0x200F) ||              // zero width, LRM, RLM
         (point >= 0x2028 && point <= 0x202E) ||              // line separators, embeddings, overrides
         (point >= 0x2060 && point <= 0x206F) ||              // invisible operators, isolates
         point == 0x061C || point == 0xFEFF;                  // ALM, BOM
}

}  // namespace

bool valid_utf8(std::string_view text) noexcept {
  while (!text.empty()) {
    const auto d = decode(text);
    if (d.size == 0) return false;
    text.remove_prefix(d.size);
  }
  return true;
}

std::size_t utf8_length(std::string_view text) noexcept {
  std::size_t count = 0;
  for (const char c : text) count += (static_cast<std::uint8_t>(c) & 0xC0) != 0x80;
  return count;
}

std::string escape_controls(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const auto d = decode(text);
    const std::size_t size = d.size == 0 ? 1 : d.size;
    if (d.size == 0)
      out += fmt::format("\\x{:02X}", static_cast<std::uint8_t>(text[0]));
    else if (must_escape(d.point))
      out += fmt::format("\\u{{{:X}}}", static_cast<std::uint32_t>(d.point));
    else
      out += text.substr(0, size);
    text.remove_prefix(size);
  }
  return out;
}

}  // namespace mesh
