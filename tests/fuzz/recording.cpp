#include "agent/terminal/cast_reader.hpp"
#include "tests/fuzz/targets.hpp"

#include <chrono>

namespace mesh::fuzz {

void recording(bytes_view data) {
  const auto read = terminal::read_cast(as_text(data));
  if (!read) return;
  require(valid(read->size), "a recording has a size that a terminal can have");
  auto last = std::chrono::microseconds(0);
  for (const auto& event : read->events) {
    require(event.at >= last, "time does not go back");
    require(event.kind != terminal::cast_kind::resize || valid(event.size), "so has every change of it");
    last = event.at;
  }
}

}  // namespace mesh::fuzz
