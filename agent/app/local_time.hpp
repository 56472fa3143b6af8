// Moments of the wire as a person here reads them: by the clock and calendar of this machine's time zone.
#pragma once
#include "core/base/clock.hpp"

#include <string>
#include <string_view>

namespace mesh::app {

// rfc3339: UTC, as in a transfer_record. "14:05" on the day of `now`, else "2026-01-04 14:05"; unchanged when
// it is no such time.
std::string shown_time(std::string_view rfc3339, wall_time now);

// "2026-01-04 14:05:07"; unchanged when it is no such time.
std::string shown_moment(std::string_view rfc3339);

}  // namespace mesh::app
