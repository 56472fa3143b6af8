#include "agent/debug/progress_line.hpp"

#include "agent/debug/format.hpp"
#include "core/base/escape.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace mesh::debug {
namespace {

constexpr std::size_t bar_min = 8;
constexpr std::size_t bar_max = 30;
constexpr std::size_t name_min = 8;

// 100 only when every byte is there.
unsigned percent(const progress_state& s) noexcept {
  if (s.done >= s.size) return 100;
  return static_cast<unsigned>(static_cast<double>(s.done) / static_cast<double>(s.size) * 100);
}

std::string speed(const progress_state& s, const progress_words& words) {
  return format_bytes(static_cast<std::uint64_t>(std::max(0.0, s.bytes_per_second))) + words.per_second;
}

std::string average(const progress_state& s, const progress_words& words) {
  if (!s.average) return {};
  return fmt::format("  {} {}{}", words.average,
                     format_bytes(static_cast<std::uint64_t>(std::max(0.0, *s.average))), words.per_second);
}

std::string time_left(const progress_state& s, const progress_words& words) {
  return (s.eta ? format_duration(*s.eta) : words.unknown) + " " + words.left;
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

// The first code points of valid UTF-8 that fill count columns, the last one an ellipsis when something is
// cut. Wide characters are counted as one column: a terminal then wraps at worst, it is never told anything
// else.
std::string cut(const std::string& text, std::size_t count) {
  if (utf8_length(text) <= count) return text;
  std::string out;
  std::size_t taken = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool starts = (static_cast<unsigned char>(text[i]) & 0xC0U) != 0x80U;
    if (starts && taken++ + 1 == count) break;
    out += text[i];
  }
  return out + "…";
}

}  // namespace

std::string progress_line(const progress_state& state, std::size_t width, const progress_words& words) {
  const std::string name = escape_controls(state.name);
  const std::string done = fmt::format("{:3} %", percent(state));
  const std::string now = speed(state, words);
  const std::string pace = now + "  " + time_left(state, words);
  const std::string sizes = format_bytes(state.done) + " / " + format_bytes(state.size);

  std::string tail =
      "  " + done + "  " + sizes + "  " + now + average(state, words) + "  " + time_left(state, words);
  constexpr std::size_t least = name_min + 2 + bar_min;
  if (utf8_length(tail) + least > width) tail = "  " + done + "  " + sizes + "  " + pace;
  if (utf8_length(tail) + least > width) tail = "  " + done + "  " + pace;
  if (utf8_length(tail) + least > width) tail = "  " + done;
  const std::size_t tail_width = utf8_length(tail);
  if (tail_width + name_min > width) return cut(done.substr(done.find_first_not_of(' ')), width);
  std::size_t left = width - tail_width;
  if (left < least) return cut(name, left) + tail;
  const std::size_t name_width = std::min(utf8_length(name), left - 2 - bar_min);
  const std::size_t bar_width = std::min(bar_max, left - 2 - name_width);
  return cut(name, name_width) + "  " + bar(state, bar_width) + tail;
}

std::string progress_plain_line(const progress_state& state, const progress_words& words) {
  return fmt::format("{}  {} %  {} / {}  {}{}  {}", escape_controls(state.name), percent(state),
                     format_bytes(state.done), format_bytes(state.size), speed(state, words),
                     average(state, words), time_left(state, words));
}

}  // namespace mesh::debug
