// How often a running transfer is shown, and as what: a bar on a terminal, plain lines elsewhere. Prints
// nothing.
#pragma once
#include "agent/debug/progress_line.hpp"
#include "core/base/clock.hpp"

#include <cstdint>
#include <string>

namespace mesh::app {

enum class progress_style { bar, lines };

class progress_view {
 public:
  // columns: width of the terminal.
  explicit progress_view(progress_style style, unsigned columns = 80) : style_(style), columns_(columns) {}

  // What to write now (with its own \r or \n); empty when it is too early for another picture. A bar moves at
  // most ten times a second, lines come every 5 MB or every second, whichever is later; the end is always
  // shown.
  std::string show(const debug::progress_state& at, steady_time now);
  // Takes the bar away.
  std::string clear();

 private:
  bool due(const debug::progress_state& at, steady_time now) const;

  progress_style style_;
  unsigned columns_;
  bool shown_ = false;
  std::uint64_t shown_done_ = 0;
  steady_time shown_time_{};
};

}  // namespace mesh::app
