// What a terminal shows now, and the lines that left it at the top: libvterm's grid, our own scrollback, and
// what mode_tracker knows. Sans I/O: bytes of the program in, text that shows the same out.
#pragma once
#include "agent/terminal/mode_tracker.hpp"
#include "agent/terminal/terminal_size.hpp"
#include "core/base/bytes.hpp"
#include "core/base/error.hpp"

#include <cstddef>
#include <deque>
#include <memory>
#include <string>

namespace mesh::terminal {

// Whether links (OSC 8) are kept for snapshots. Nobody who shows rows to a terminal keeps them.
enum class keep_links : bool { no, yes };

class screen {
 public:
  // scrollback_lines_max 0: none is kept. Errors: library_missing.
  static result<std::unique_ptr<screen>> make(terminal_size size, std::size_t scrollback_lines_max,
                                              keep_links links = keep_links::no);
  screen(const screen&) = delete;
  screen& operator=(const screen&) = delete;
  ~screen();

  void write(bytes_view output);
  // Lines keep their breaks: what is cut off is gone, as in most terminals.
  void resize(terminal_size size);

  terminal_size size() const noexcept;
  const terminal_modes& modes() const noexcept;
  cursor_place cursor() const;
  // Nothing is under way: text of others may be put between what came and what comes.
  bool at_rest() const noexcept;

  // One row as text with its attributes, at most cols_max columns, nothing behind its last letter. Holds only
  // printable characters and SGR sequences, whatever the program wrote.
  std::string row(int number, int cols_max) const;
  // The same without attributes, one character a column: a space where there is none, the first of several.
  std::u32string letters(int number) const;
  // The attributes with which the program goes on writing, as one SGR sequence.
  std::string pen() const;
  // Oldest first; each as row() gives it, with its links where they are kept.
  const std::deque<std::string>& scrollback() const noexcept;

  // Bytes that bring a terminal of this size, in whatever state it is, into the state of this one.
  std::string snapshot() const;

 private:
  struct parts;
  explicit screen(std::unique_ptr<parts> p);
  std::unique_ptr<parts> parts_;
};

}  // namespace mesh::terminal
