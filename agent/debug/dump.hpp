// Facts of a running agent as text, for `mesh-agent debug …`. Nothing here is secret: tokens are named by
// session, never printed.
#pragma once
#include "agent/p2p/connection.hpp"
#include "core/base/clock.hpp"
#include "core/wire/event.hpp"

#include <span>
#include <string>
#include <string_view>

namespace mesh::debug {

// The envelope and the payload of an event, indented. Values under keys that carry secrets (token,
// session_token, password …) are masked.
std::string dump_event(const wire::event& e);

// control: the congestion controller that this side uses for QUIC; of what the relay carries neither it nor
// the window is told, for they are TCP's.
std::string dump_quic_stats(const p2p::connection_stats& stats, std::string_view control);

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
