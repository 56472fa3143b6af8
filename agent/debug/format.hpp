// Numbers as people read them.
#pragma once
#include "core/text/language.hpp"

#include <chrono>
#include <cstdint>
#include <string>

namespace mesh::debug {

// "512 B", "1.50 KB", "3.20 MB", "1.05 GB"; in French "512 o", "1,50 Ko" with a no-break space: 1 KB = 1024
// bytes.
std::string format_bytes(std::uint64_t count, text::language in = text::current_language());

// "0.15 s", "0,15 s".
std::string format_seconds(double count, text::language in = text::current_language());

// "0.42 ms", "0,42 ms".
std::string format_milliseconds(double count, text::language in = text::current_language());

// Megabytes (1024 * 1024 bytes) per second; 0 when no time has passed.
double calculate_speed(std::uint64_t count, double seconds) noexcept;

// "0:07", "12:34", "1:02:03".
std::string format_duration(std::chrono::seconds duration);

}  // namespace mesh::debug
