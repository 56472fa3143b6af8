#include "agent/terminal/screen_painter.hpp"

#include "agent/terminal/row_text.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace mesh::terminal {
namespace {

struct letter {
  char32_t code = 0;
  std::size_t bytes = 1;
};

// The first character of not empty UTF-8 that we wrote ourselves.
letter first_letter(std::string_view text) {
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const std::size_t bytes = at(0) >= 0xF0 ? 4 : at(0) >= 0xE0 ? 3 : at(0) >= 0xC0 ? 2 : 1;
  if (bytes == 1 || bytes > text.size()) return {at(0), 1};
  char32_t code = at(0) & (0xFFU >> (bytes + 1));
  for (std::size_t i = 1; i < bytes; ++i) code = (code << 6) | (at(i) & 0x3FU);
  return {code, bytes};
}

// Of text with SGR sequences.
int columns_in(const std::string& text) {
  int cols = 0;
  for (std::size_t i = 0; i < text.size();) {
    if (text[i] == '\x1b') {
      i = std::min(text.find('m', i), text.size() - 1) + 1;
      continue;
    }
    const auto next = first_letter(std::string_view(text).substr(i));
    cols += columns_of(next.code);
    i += next.bytes;
  }
  return cols;
}

}  // namespace

std::string clip(const std::string& text, int cols_max) {
  std::string out;
  int cols = 0;
  for (std::size_t i = 0; i < text.size();) {
    if (text[i] == '\x1b') {
      const auto end = std::min(text.find('m', i), text.size() - 1) + 1;
      out.append(text, i, end - i);
      i = end;
      continue;
    }
    const auto next = first_letter(std::string_view(text).substr(i));
    cols += columns_of(next.code);
    if (cols > cols_max) return out + "\x1b[0m";
    out.append(text, i, next.bytes);
    i += next.bytes;
  }
  return out;
}

void screen_painter::resize(terminal_size window) {
  window_ = window;
  painted_.clear();
  painted_status_.clear();
}

std::size_t screen_painter::scroll_max(const screen& shown) const {
  const int above = std::max(shown.size().rows - view_rows(), 0);
  return shown.scrollback().size() + static_cast<std::size_t>(above);
}

// The window follows the cursor when it is lower than the terminal.
int screen_painter::first_row(const screen& shown) const {
  return std::max(0, std::min(shown.cursor().row - view_rows() + 1, shown.size().rows - view_rows()));
}

std::string screen_painter::line(const screen& shown, std::size_t scrolled, int number) const {
  if (scrolled == 0) {
    const int row = first_row(shown) + number;
    return row < shown.size().rows ? shown.row(row, window_.cols) : std::string();
  }
  const auto& above = shown.scrollback();
  const auto all = above.size() + static_cast<std::size_t>(shown.size().rows);
  const auto view = static_cast<std::size_t>(view_rows());
  const auto bottom = all > view ? all - view : 0;
  const auto at = (bottom > scrolled ? bottom - scrolled : 0) + static_cast<std::size_t>(number);
  if (at < above.size()) return clip(above[at], window_.cols);
  return at < all ? shown.row(static_cast<int>(at - above.size()), window_.cols) : std::string();
}

// The row up to what is foreseen, and that in the pen of the program.
std::string screen_painter::with(const echo_guess& foreseen, const screen& shown) const {
  auto out = shown.row(foreseen.row, foreseen.col);
  out.append(static_cast<std::size_t>(std::max(foreseen.col - columns_in(out), 0)), ' ');
  out += shown.pen() + "\x1b[4m";
  for (const auto letter : foreseen.text) append_utf8(out, letter);
  return clip(out, window_.cols);
}

std::string screen_painter::paint(const screen& shown, std::size_t scrolled, const std::string& status,
                                  const std::optional<echo_guess>& foreseen) {
  std::string out;
  if (painted_.empty()) out = "\x1b[0m\x1b[2J";
  painted_.resize(static_cast<std::size_t>(view_rows()));
  for (int number = 0; number < view_rows(); ++number) {
    const bool guessed = scrolled == 0 && foreseen && foreseen->row == first_row(shown) + number;
    auto text = guessed ? with(*foreseen, shown) : line(shown, scrolled, number);
    auto& before = painted_[static_cast<std::size_t>(number)];
    if (text == before) continue;
    out += fmt::format("\x1b[{};1H{}\x1b[0m\x1b[K", number + 1, text);
    before = std::move(text);
  }
  if (status != painted_status_) {
    out += fmt::format("\x1b[{};1H\x1b[7m{}\x1b[K\x1b[0m", window_.rows, clip(status, window_.cols - 1));
    painted_status_ = status;
  }
  auto cursor = shown.cursor();
  if (foreseen) cursor = {foreseen->row, foreseen->col + static_cast<int>(foreseen->text.size())};
  const int row = cursor.row - first_row(shown);
  const bool visible = scrolled == 0 && shown.modes().cursor_visible && row >= 0 && row < view_rows() &&
                       cursor.col < window_.cols;
  if (visible)
    out += fmt::format("\x1b[{};{}H\x1b[?25h", row + 1, cursor.col + 1);
  else
    out += "\x1b[?25l";
  return out;
}

}  // namespace mesh::terminal
