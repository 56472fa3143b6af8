// Facts of a running agent as text, for `mesh-agent debug …`. Nothing here is secret: tokens are named by
// session, never printed.
#pragma once
#include "core/base/clock.hpp"
#include "core/wire/event.hpp"

#include <chrono>
#include <cstdint>
#include <span>
#include <string>

namespace mesh::debug {

// The envelope and the payload of an event, indented. Values under keys that carry secrets (token,
// session_token, password …) are masked.
std::string dump_event(const wire::event& e);

struct quic_stats {
  std::string peer;  // "192.168.1.50:5000"
  std::chrono::nanoseconds rtt_min{};
  std::chrono::nanoseconds rtt_smoothed{};
  std::chrono::nanoseconds rtt_latest{};
  std::uint64_t congestion_window = 0;  // bytes
  std::uint64_t bytes_in_flight = 0;
  std::uint64_t bytes_sent = 0;
  std::uint64_t bytes_received = 0;
  std::uint64_t packets_sent = 0;
  std::uint64_t packets_received = 0;
  std::uint64_t packets_lost = 0;
  std::uint64_t datagrams_sent = 0;  // of QUIC, RFC 9221
  std::uint64_t datagrams_received = 0;
};
std::string dump_quic_stats(const quic_stats& stats);

struct cached_session {
  std::string session_id;
  std::string kind;  // "file"
  std::string role;  // "initiator" or "target"
  std::string peer_device;
  wall_time expires_at{};  // of the token
};
// One line a session with what is left of its token's life ("expired" after it), soonest first.
std::string dump_session_cache_info(std::span<const cached_session> sessions, wall_time now);

}  // namespace mesh::debug
