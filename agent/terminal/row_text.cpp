#include "agent/terminal/row_text.hpp"

#include <cstdint>
#include <vector>

#include <fmt/format.h>

namespace mesh::terminal {
namespace {

constexpr std::uint32_t replacement = 0xFFFD;
constexpr std::uint32_t second_half = UINT32_MAX;  // of a wide character, see VTermScreenCell

// A terminal takes C1 controls for commands in UTF-8, too, and what turns the direction of text round makes
// one command look like another.
bool drives_a_terminal(std::uint32_t c) {
  return c < 0x20 || (c >= 0x7F && c < 0xA0) || (c >= 0x202A && c <= 0x202E) ||
         (c >= 0x2066 && c <= 0x2069) || (c >= 0xD800 && c < 0xE000) || c > 0x10FFFF;
}

// base: 30 for letters, 40 behind them.
void append_colour(std::string& out, const VTermColor& colour, unsigned base) {
  if ((colour.type & VTERM_COLOR_DEFAULT_MASK) != 0) return;
  if (VTERM_COLOR_IS_RGB(&colour)) {
    out += fmt::format(";{};2;{};{};{}", base + 8, colour.rgb.red, colour.rgb.green, colour.rgb.blue);
    return;
  }
  const unsigned index = colour.indexed.idx;
  if (index < 8)
    out += fmt::format(";{}", base + index);
  else if (index < 16)
    out += fmt::format(";{}", base + 60 + index - 8);
  else
    out += fmt::format(";{};5;{}", base + 8, index);
}

bool is_blank(const VTermScreenCell& cell) {
  const auto& a = cell.attrs;
  return (cell.chars[0] == 0 || cell.chars[0] == ' ') && (cell.bg.type & VTERM_COLOR_DEFAULT_MASK) != 0 &&
         a.underline == 0 && a.reverse == 0 && a.strike == 0;
}

constexpr std::string_view plain = "\x1b[0m";

}  // namespace

void append_utf8(std::string& out, std::uint32_t c) {
  if (drives_a_terminal(c)) c = replacement;
  const auto put = [&out](std::uint32_t byte) { out += static_cast<char>(byte); };
  if (c < 0x80) return put(c);
  if (c < 0x800) {
    put(0xC0 | (c >> 6));
    return put(0x80 | (c & 0x3F));
  }
  if (c < 0x10000) {
    put(0xE0 | (c >> 12));
  } else {
    put(0xF0 | (c >> 18));
    put(0x80 | ((c >> 12) & 0x3F));
  }
  put(0x80 | ((c >> 6) & 0x3F));
  put(0x80 | (c & 0x3F));
}

int columns_of(char32_t code) noexcept {
  if ((code >= 0x300 && code < 0x370) || code == 0x200D || (code >= 0xFE00 && code < 0xFE10)) return 0;
  const bool wide = (code >= 0x1100 && code < 0x1160) || (code >= 0x2E80 && code < 0xA4D0) ||
                    (code >= 0xAC00 && code < 0xD7A4) || (code >= 0xF900 && code < 0xFB00) ||
                    (code >= 0xFE30 && code < 0xFE70) || (code >= 0xFF00 && code < 0xFF61) ||
                    (code >= 0x1F300 && code < 0x1F650) || (code >= 0x1F900 && code < 0x1FA00) ||
                    (code >= 0x20000 && code < 0x40000);
  return wide ? 2 : 1;
}

std::string sgr_of(const VTermScreenCellAttrs& attributes, const VTermColor& foreground,
                   const VTermColor& background) {
  std::string out = "\x1b[0";
  if (attributes.bold) out += ";1";
  if (attributes.italic) out += ";3";
  if (attributes.underline == VTERM_UNDERLINE_DOUBLE)
    out += ";21";
  else if (attributes.underline != VTERM_UNDERLINE_OFF)
    out += ";4";
  if (attributes.blink) out += ";5";
  if (attributes.reverse) out += ";7";
  if (attributes.strike) out += ";9";
  append_colour(out, foreground, 30);
  append_colour(out, background, 40);
  return out + "m";
}

std::string text_of(std::span<const VTermScreenCell> given, std::span<const cell_link> links) {
  std::vector<VTermScreenCell> cells(given.begin(), given.end());
  // Of a wide character that was written over, or that would stand half outside, the other half is blank.
  for (std::size_t col = 0; col < cells.size(); ++col) {
    const auto first = cells[col].chars[0];
    const bool wide = first != second_half && columns_of(first) == 2;
    const bool whole = wide && col + 1 < cells.size() && cells[col + 1].chars[0] == second_half;
    if (whole)
      ++col;
    else if (wide || first == second_half)
      cells[col].chars[0] = 0;
  }
  while (!cells.empty() && is_blank(cells.back())) cells.pop_back();
  std::string out;
  std::string pen(plain);
  const std::string* link = nullptr;
  const auto follow = [&](const std::string* next) {
    const bool same = next == link || (next != nullptr && link != nullptr && *next == *link);
    if (!same) out += fmt::format("\x1b]8;{}\x1b\\", next == nullptr ? ";" : *next);
    link = next;
  };
  for (std::size_t col = 0; col < cells.size(); ++col) {
    const auto& cell = cells[col];
    if (cell.chars[0] == second_half) continue;
    follow(col < links.size() ? links[col].get() : nullptr);
    if (auto wanted = sgr_of(cell.attrs, cell.fg, cell.bg); wanted != pen) {
      out += wanted;
      pen = std::move(wanted);
    }
    if (cell.chars[0] == 0) {
      out += ' ';
      continue;
    }
    for (const auto c : cell.chars) {
      if (c == 0) break;
      append_utf8(out, c);
    }
  }
  follow(nullptr);
  if (pen != plain) out += plain;
  return out;
}

}  // namespace mesh::terminal
