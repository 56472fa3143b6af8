#include "agent/debug/progress_line.hpp"

#include "agent/debug/format.hpp"
#include "core/base/escape.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace mesh::debug {
namespace {

constexpr std::size_t bar_min = 8;
constexpr std::size_t bar_max = 30;
constexpr std::size_t name_min = 8;
constexpr int size_columns = 9;  // "999.99 MB"
constexpr int speed_columns = 11;
constexpr int time_columns = 5;

// 100 only when every byte is there.
unsigned percent(const progress_state& s) noexcept {
  if (s.done >= s.size) return 100;
  return static_cast<unsigned>(static_cast<double>(s.done) / static_cast<double>(s.size) * 100);
}

std::string speed_of(double bytes_per_second, const progress_words& words) {
  return format_bytes(static_cast<std::uint64_t>(std::max(0.0, bytes_per_second))) + words.per_second;
}

std::string speed(const progress_state& s, const progress_words& words) {
  return speed_of(s.bytes_per_second, words);
}

std::string time_alone(const progress_state& s, const progress_words& words) {
  return s.eta ? format_duration(*s.eta) : words.unknown;
}

std::string bar(const progress_state& s, std::size_t columns) {
  const std::size_t inner = columns - 2;
  const double share =
      s.size == 0 ? 1 : std::min(1.0, static_cast<double>(s.done) / static_cast<double>(s.size));
  const auto filled = static_cast<std::size_t>(share * static_cast<double>(inner));
  std::string out(filled, '=');
  if (filled < inner) out += '>';
  out.resize(inner, ' ');
  return "[" + out + "]";
}

// Blocks of Unicode (UAX #11) whose characters are two columns wide, or are so on some terminals.
struct code_range {
  char32_t first;
  char32_t last;
};
constexpr auto wide = std::to_array<code_range>({{0x1100, 0x115F},
                                                 {0x231A, 0x23FF},
                                                 {0x2600, 0x27BF},
                                                 {0x2B00, 0x2BFF},
                                                 {0x2E80, 0xA4CF},
                                                 {0xA960, 0xA97F},
                                                 {0xAC00, 0xD7A3},
                                                 {0xF900, 0xFAFF},
                                                 {0xFE10, 0xFE6F},
                                                 {0xFF00, 0xFF60},
                                                 {0xFFE0, 0xFFE6},
                                                 {0x16FE0, 0x18DFF},
                                                 {0x1AFF0, 0x1B2FF},
                                                 {0x1F000, 0x1FAFF},
                                                 {0x20000, 0x3FFFD}});

// Takes one character of valid UTF-8 off the front.
std::string_view take_character(std::string_view& text) noexcept {
  std::size_t size = 1;
  while (size < text.size() && (static_cast<unsigned char>(text[size]) & 0xC0U) == 0x80U) ++size;
  const auto out = text.substr(0, size);
  text.remove_prefix(size);
  return out;
}

std::size_t columns_of(std::string_view character) noexcept {
  if (character.size() < 3) return 1;
  auto code = static_cast<unsigned char>(character[0]) & (character.size() == 3 ? 0x0FU : 0x07U);
  for (const char c : character.substr(1)) code = code << 6U | (static_cast<unsigned char>(c) & 0x3FU);
  return std::ranges::any_of(wide, [code](const code_range& r) { return code >= r.first && code <= r.last; })
             ? 2
             : 1;
}

// The first characters of valid UTF-8 that fill count columns at most, the last one an ellipsis when
// something is cut.
std::string cut(std::string_view text, std::size_t count) {
  if (display_columns(text) <= count) return std::string(text);
  std::string out;
  std::size_t taken = 1;  // the ellipsis
  while (!text.empty()) {
    const auto next = take_character(text);
    taken += columns_of(next);
    if (taken > count) break;
    out += next;
  }
  return count == 0 ? out : out + "…";
}

std::string fill(std::string text, std::size_t columns) {
  const auto filled = display_columns(text);
  return filled < columns ? text.append(columns - filled, ' ') : text;
}

// For one line of a terminal: a tab would move the rest.
std::string one_line(const std::string& name) {
  auto out = escape_controls(name);
  std::ranges::replace(out, '\t', ' ');
  return out;
}

}  // namespace

std::size_t display_columns(std::string_view text) noexcept {
  std::size_t out = 0;
  while (!text.empty()) out += columns_of(take_character(text));
  return out;
}

std::string progress_line(const progress_state& state, std::size_t width, const progress_words& words) {
  const std::string name = one_line(state.name);
  const std::string done = fmt::format("  {:3} %", percent(state));
  // Lines that stand below each other fill their fields.
  const bool alone = state.name_columns == 0;
  const auto now = fmt::format("  {:>{}}", speed(state, words), alone ? 0 : speed_columns);
  const auto mean = state.average ? fmt::format("  {} {:>{}}", words.average, speed_of(*state.average, words),
                                                alone ? 0 : speed_columns)
                                  : std::string();
  const auto sizes = fmt::format("  {:>{}} / {:>{}}", format_bytes(state.done), alone ? 0 : size_columns,
                                 format_bytes(state.size), alone ? 0 : size_columns);
  const auto time = fmt::format("  {:>{}}", time_alone(state, words), alone ? 0 : time_columns);
  const auto left_words = time + " " + words.left;

  constexpr std::size_t least = name_min + 2 + bar_min;
  auto tail = done + sizes + now + mean + left_words;
  if (utf8_length(tail) + least > width) tail = done + sizes + now + left_words;
  if (utf8_length(tail) + least > width) tail = done + now + left_words;
  if (utf8_length(tail) + name_min > width) tail = done + now + time;
  if (utf8_length(tail) + name_min > width) tail = done;
  const std::size_t tail_width = utf8_length(tail);
  if (tail_width + name_min > width)
    return cut(std::string_view(done).substr(done.find_first_not_of(' ')), width);
  const std::size_t left = width - tail_width;
  const std::size_t wanted = std::max(display_columns(name), state.name_columns);
  if (left < least) return fill(cut(name, left), std::min(wanted, left)) + tail;
  const std::size_t name_width = std::min(wanted, left - 2 - bar_min);
  const std::size_t bar_width = std::min(bar_max, left - 2 - name_width);
  return fill(cut(name, name_width), name_width) + "  " + bar(state, bar_width) + tail;
}

std::string progress_plain_line(const progress_state& state, const progress_words& words) {
  const auto mean =
      state.average ? fmt::format("  {} {}", words.average, speed_of(*state.average, words)) : std::string();
  return fmt::format("{}  {} %  {} / {}  {}{}  {} {}", one_line(state.name), percent(state),
                     format_bytes(state.done), format_bytes(state.size), speed(state, words), mean,
                     time_alone(state, words), words.left);
}

}  // namespace mesh::debug
