// Which congestion controller a connection uses. ngtcp2 fixes it when the connection is made, before anything
// is known of the path; whether packets are paced is decided later, by what was measured (pacing.hpp).
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

namespace mesh::quic {

// automatic: BBR, see docs/decisions/0008.
enum class congestion : std::uint8_t { automatic, bbr, cubic };

// "auto", "bbr", "cubic".
constexpr std::optional<congestion> congestion_named(std::string_view word) noexcept {
  if (word == "auto") return congestion::automatic;
  if (word == "bbr") return congestion::bbr;
  if (word == "cubic") return congestion::cubic;
  return std::nullopt;
}

}  // namespace mesh::quic
