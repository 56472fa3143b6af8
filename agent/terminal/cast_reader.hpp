// Reads a recording in the format of asciinema (asciicast v2), line by line. Sans I/O.
#pragma once
#include "agent/terminal/screen.hpp"
#include "core/base/error.hpp"

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace mesh::terminal {

enum class cast_kind { output, marker, resize };

struct cast_event {
  std::chrono::microseconds at{};
  cast_kind kind = cast_kind::output;
  std::string text;    // of output and marker
  terminal_size size;  // of resize
};

struct cast {
  terminal_size size;
  std::string title;
  std::vector<cast_event> events;  // in the order of their times
};

// Events of other kinds are left out, and the last line where it is cut short. Errors: field_invalid with the
// number of the line; too_large beyond limits::terminal_recording_bytes_max.
result<cast> read_cast(std::string_view text);

}  // namespace mesh::terminal
