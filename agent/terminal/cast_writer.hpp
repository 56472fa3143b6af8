// A recording of a terminal in the format of asciinema (asciicast v2): a line of JSON for the header, and one
// for each thing that happened. Who types is a marker ("m"), which players show or skip. Sans I/O.
#pragma once
#include "agent/terminal/screen.hpp"
#include "core/base/bytes.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace mesh::terminal {

class cast_writer {
 public:
  using elapsed = std::chrono::microseconds;  // since the recording began

  // Each returns the text to add to the file; begin() the first.
  static std::string begin(terminal_size size, std::int64_t unix_seconds, std::string_view title);
  // Letters that came in part wait for their rest.
  std::string output(elapsed at, bytes_view data);
  static std::string resize(elapsed at, terminal_size size);
  static std::string marker(elapsed at, std::string_view text);

 private:
  std::string unfinished_;
};

}  // namespace mesh::terminal
