// The transfers that run, as a person sees them: on a terminal a bar for each and one for all of them
// together, elsewhere plain lines. Prints nothing.
#pragma once
#include "agent/app/line_pace.hpp"
#include "agent/debug/progress_line.hpp"
#include "core/base/clock.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mesh::app {

enum class progress_style { bars, lines };

// Of the terminal, as it is at present.
struct terminal_room {
  unsigned columns = 80;
  unsigned rows = 24;
};

// One thread.
class progress_board {
 public:
  explicit progress_board(progress_style style) : style_(style) {}

  // One of them moved; together: all of them, when there are several. What to write now, empty when it is too
  // early for another picture: bars move at most ten times a second, lines come at their line_pace; the
  // beginning and the end of each are always shown.
  std::string show(std::string_view id, debug::progress_state at,
                   const std::optional<debug::progress_state>& together, terminal_room room, steady_time now);
  // It moves no more.
  void remove(std::string_view id);
  // Takes the bars away; the next show() brings them back.
  std::string clear(terminal_room room);

 private:
  struct entry {
    std::string id;
    debug::progress_state at;
    line_pace pace;
  };
  std::string lines(entry& moved, const std::optional<debug::progress_state>& together, steady_time now);
  std::string bars(const std::optional<debug::progress_state>& together, terminal_room room);
  std::string to_the_top(terminal_room room) const;

  progress_style style_;
  std::vector<entry> moving_;  // in the order in which they began
  line_pace together_pace_;
  std::vector<std::size_t> painted_;  // columns of each line on the terminal, from the top
  steady_time painted_at_{};
};

}  // namespace mesh::app
