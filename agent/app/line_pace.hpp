// How often plain lines tell of a transfer: every 5 MB or every second, whichever is later, and at its end.
#pragma once
#include "core/base/clock.hpp"

#include <cstdint>

namespace mesh::app {

class line_pace {
 public:
  // True when done of size bytes are worth a line now, which then counts as written. The first one always is.
  bool due(std::uint64_t done, std::uint64_t size, steady_time now);

 private:
  bool told_ = false;
  std::uint64_t told_done_ = 0;
  steady_time told_at_{};
};

}  // namespace mesh::app
