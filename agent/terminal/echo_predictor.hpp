// What a person who types into a terminal far away will see there, before it has come: as Mosh does it, and
// more carefully. Only letters and backspace at the cursor are foreseen, with nothing behind it on its line;
// nothing is shown before the program over there has echoed a letter of the same run, so that passwords and
// commands of full-screen programs never are. The page has the same in client/src/model/echo_predictor.ts,
// and both pass tests/vectors/echo. Sans I/O; time comes in as an argument.
#pragma once
#include "agent/terminal/screen.hpp"
#include "core/base/clock.hpp"

#include <deque>
#include <optional>
#include <string>
#include <string_view>

namespace mesh::terminal {

// Where the cursor is, and what stands on its line: one character a column, a space where there is none.
struct echo_view {
  terminal_size size;
  cursor_place cursor;
  bool alternate = false;
  std::u32string letters;
};
echo_view echo_view_of(const screen& shown);

// From this column on the line shows this text and nothing behind it; the cursor stands at its end.
struct echo_guess {
  int row = 0;
  int col = 0;
  std::u32string text;
  bool operator==(const echo_guess&) const = default;
};

class echo_predictor {
 public:
  using milliseconds = std::chrono::milliseconds;

  // As it was measured last. Without it, and on a quick way, nothing is shown.
  void round_trip(milliseconds time);
  // Keys that leave now, beside what is seen at this moment.
  void typed(std::string_view keys, const echo_view& seen, steady_time now);
  // Output has come, and this is seen now.
  void shown(const echo_view& seen, steady_time now);
  // What should have come by then has not: it is wrong.
  void tick(steady_time now);
  std::optional<steady_time> deadline() const;
  // The keyboard is somebody else's, or the connection is another one.
  void reset();

  // What to show beside what has come; none when nothing is foreseen, or nothing may be shown.
  std::optional<echo_guess> guess() const;

 private:
  // One key, and what the line shows from base_ on once it has been echoed.
  struct step {
    std::u32string text;
    steady_time typed;
  };
  // A key that is echoed at an unknown place.
  struct stray {
    char32_t letter;
    steady_time typed;
  };

  bool type(char32_t letter, const echo_view& seen, steady_time now);
  void foresee_nothing(steady_time now);
  void begin(const echo_view& seen);
  void lose();
  bool adopt(const echo_view& seen, steady_time now);
  bool fits(const std::u32string& text, const echo_view& seen) const;
  milliseconds settling() const { return time_ + time_ / 4 + milliseconds(50); }
  milliseconds patience() const { return time_ + time_ / 2 + milliseconds(250); }

  milliseconds time_{};
  bool slow_ = false;
  bool running_ = false;  // text_ stands from base_ on in row_
  bool trusted_ = false;  // letters of this run were echoed
  bool closing_ = false;  // a key was pressed whose effect nobody knows
  bool alternate_ = false;
  terminal_size size_;
  int row_ = 0;
  int base_ = 0;
  std::u32string text_;
  std::deque<step> steps_;
  std::deque<stray> strays_;
  std::optional<steady_time> unknown_;  // when a key was pressed last that is no step
};

}  // namespace mesh::terminal
