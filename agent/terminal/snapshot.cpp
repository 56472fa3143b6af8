#include "agent/terminal/snapshot.hpp"

#include <fmt/format.h>

namespace mesh::terminal {
namespace {

std::string place(cursor_place at) {
  return fmt::format("\x1b[{};{}H", at.row + 1, at.col + 1);
}

// Lines that follow one another, so that those above the screen become scrollback.
void append_lines(std::string& out, std::span<const std::string> rows) {
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (i > 0) out += "\r\n";
    out += rows[i];
  }
}

void append_placed(std::string& out, std::span<const std::string> rows) {
  for (std::size_t i = 0; i < rows.size(); ++i)
    if (!rows[i].empty()) out += place({static_cast<int>(i), 0}) + rows[i];
}

std::string safe_title(const std::string& title) {
  std::string out;
  for (const char c : title)
    if (static_cast<unsigned char>(c) >= 0x20 && c != '\x7f') out += c;
  return out;
}

void append_modes(std::string& out, const terminal_modes& m) {
  const auto set = [&out](bool wanted, std::string_view sequence) {
    if (wanted) out += sequence;
  };
  if (m.g0 != 'B') out += fmt::format("\x1b({}", m.g0);
  if (m.g1 != 'B') out += fmt::format("\x1b){}", m.g1);
  set(m.shifted_out, "\x0e");
  set(m.application_cursor, "\x1b[?1h");
  set(m.application_keypad, "\x1b=");
  set(m.reverse, "\x1b[?5h");
  set(!m.autowrap, "\x1b[?7l");
  set(m.insert, "\x1b[4h");
  set(!m.cursor_visible, "\x1b[?25l");
  set(m.focus_events, "\x1b[?1004h");
  set(m.bracketed_paste, "\x1b[?2004h");
  if (m.mouse != 0) out += fmt::format("\x1b[?{}h", m.mouse);
  if (m.mouse_encoding != 0) out += fmt::format("\x1b[?{}h", m.mouse_encoding);
  if (m.cursor_shape != 0) out += fmt::format("\x1b[{} q", m.cursor_shape);
  if (!m.link.empty()) out += "\x1b]8;" + m.link + "\x1b\\";
  if (!m.title.empty()) out += "\x1b]2;" + safe_title(m.title) + "\x1b\\";
}

}  // namespace

std::string render(const snapshot_parts& p) {
  std::string out =
      "\x1b"
      "c";
  for (const auto& line : p.scrollback) out += line + "\r\n";
  if (p.normal != nullptr) {
    append_lines(out, *p.normal);
    out += place(p.saved.place) + p.saved.pen + "\x1b[?1049h\x1b[0m\x1b[2J";
    append_placed(out, p.rows);
  } else {
    append_lines(out, p.rows);
    out += place(p.saved.place) + p.saved.pen +
           "\x1b"
           "7";
  }
  // Before the cursor, because both move it.
  int top = 1;
  if (p.modes.region_top > 0 || p.modes.region_bottom > 0) {
    top = p.modes.region_top > 0 ? p.modes.region_top : 1;
    out += fmt::format("\x1b[{};{}r", top, p.modes.region_bottom > 0 ? p.modes.region_bottom : p.size.rows);
  }
  auto cursor = p.cursor;
  if (p.modes.origin) {
    out += "\x1b[?6h";
    cursor.row -= top - 1;
  }
  out += place(cursor) + p.pen;
  append_modes(out, p.modes);
  out += p.pending;
  return out;
}

}  // namespace mesh::terminal
