// What `debug` shows of the data plane, as data and in words.
#pragma once
#include "agent/p2p/connection.hpp"
#include "agent/p2p/session_cache.hpp"
#include "agent/p2p/session_info.hpp"
#include "core/wire/json.hpp"

#include <span>
#include <string_view>

namespace mesh::app {

// {"connections":[…],"text":"…"}. control: the congestion controller of those that
// QUIC carries, on this side.
wire::json_object report_connections(std::span<const p2p::connection_stats> stats, std::string_view control);

// {"sessions":[…],"text":"…"}: announced ones that may still begin, then open ones. server_now: the server's
// clock.
wire::json_object report_sessions(const p2p::session_cache& announced,
                                  std::span<const p2p::session_info> open, wall_time server_now);

}  // namespace mesh::app
