#include "agent/terminal/cast_writer.hpp"

#include "core/base/escape.hpp"
#include "core/wire/json.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace mesh::terminal {
namespace {

constexpr std::string_view replacement = "\xef\xbf\xbd";

std::string line(cast_writer::elapsed at, char code, std::string_view text) {
  return fmt::format("[{:.6f},\"{}\",{}]\n", static_cast<double>(at.count()) / 1e6, code,
                     wire::to_text(wire::json_value(text)));
}

std::size_t length_of(char first) {
  const auto byte = static_cast<unsigned char>(first);
  return byte < 0xC0 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;
}

// Everything but a last letter of which only the beginning has come, which stays in text.
std::string take_letters(std::string& text) {
  std::string out;
  std::size_t at = 0;
  while (at < text.size()) {
    const auto length = length_of(text[at]);
    const auto letter = std::string_view(text).substr(at, length);
    if (valid_utf8(letter) && letter.size() == length) {
      out += letter;
      at += length;
      continue;
    }
    const bool more_may_come =
        letter.size() < length && at + letter.size() == text.size() &&
        std::ranges::all_of(letter.substr(1), [](char c) { return (c & 0xC0) == 0x80; });
    if (more_may_come) break;
    out += replacement;
    ++at;
  }
  text.erase(0, at);
  return out;
}

}  // namespace

std::string cast_writer::begin(terminal_size size, std::int64_t unix_seconds, std::string_view title) {
  const wire::json_object header{{"version", 2},        {"width", size.cols},
                                 {"height", size.rows}, {"timestamp", unix_seconds},
                                 {"title", title},      {"env", {{"TERM", "xterm-256color"}}}};
  return wire::to_text(header) + "\n";
}

std::string cast_writer::output(elapsed at, bytes_view data) {
  unfinished_ += as_text(data);
  const auto text = take_letters(unfinished_);
  return text.empty() ? std::string() : line(at, 'o', text);
}

std::string cast_writer::resize(elapsed at, terminal_size size) {
  return line(at, 'r', fmt::format("{}x{}", size.cols, size.rows));
}

std::string cast_writer::marker(elapsed at, std::string_view text) {
  return line(at, 'm', text);
}

}  // namespace mesh::terminal
