// Bytes per second as people write them: "500K", "20M", "1.5G", "off".
#pragma once
#include "core/base/error.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mesh::config {

// A number of bytes, or of KiB, MiB or GiB with K, M or G behind it, as curl and rsync take it; nullopt for
// "off" and "0". Errors: field_invalid, also for less than limits::rate_bytes_per_second_min.
result<std::optional<std::uint64_t>> parse_rate(std::string_view text);

// What parse_rate() reads as the same.
std::string rate_text(std::optional<std::uint64_t> rate);

}  // namespace mesh::config
