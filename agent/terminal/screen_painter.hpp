// Shows a screen in a window of any size: what changed since the last time, as text for the window's
// terminal. What a program of the sharer wrote never gets there itself, only the letters it left on the grid.
#pragma once
#include "agent/terminal/echo_predictor.hpp"
#include "agent/terminal/screen.hpp"

#include <optional>
#include <string>
#include <vector>

namespace mesh::terminal {

class screen_painter {
 public:
  // The last row of the window is the status line.
  explicit screen_painter(terminal_size window) : window_(window) {}

  // Everything is painted anew next time.
  void resize(terminal_size window);
  // scrolled: how many lines above the newest the person looks. status: one line of text. foreseen: what is
  // not there yet, shown underlined.
  std::string paint(const screen& shown, std::size_t scrolled, const std::string& status,
                    const std::optional<echo_guess>& foreseen = std::nullopt);
  // How far a person can scroll.
  std::size_t scroll_max(const screen& shown) const;

 private:
  int view_rows() const noexcept { return window_.rows > 1 ? window_.rows - 1 : 1; }
  int first_row(const screen& shown) const;
  std::string line(const screen& shown, std::size_t scrolled, int number) const;
  std::string with(const echo_guess& foreseen, const screen& shown) const;

  terminal_size window_;
  std::vector<std::string> painted_;
  std::string painted_status_;
};

// text with SGR sequences, cut after that many columns.
std::string clip(const std::string& text, int cols_max);

}  // namespace mesh::terminal
