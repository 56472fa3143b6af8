// What `ping` says of its round trips, for people.
#pragma once
#include "core/wire/json.hpp"

#include <string>
#include <string_view>

namespace mesh::app {

// One event of the request, "connected" or "pong", as a line; empty for others.
std::string ping_words(std::string_view type, const wire::json_object& payload);

// The end of the request: count, and least, median, 95 of 100 and most in milliseconds, as a line.
std::string ping_summary(const wire::json_object& payload);

}  // namespace mesh::app
