// What `debug` shows of the data plane, as data and in words.
#pragma once
#include "agent/p2p/connection.hpp"
#include "agent/p2p/session_cache.hpp"
#include "agent/p2p/session_info.hpp"
#include "core/wire/json.hpp"

#include <span>

namespace mesh::app {

// {"connections":[…],"text":"…"}
wire::json_object report_connections(std::span<const p2p::connection_stats> stats);

// {"sessions":[…],"text":"…"}: announced ones that may still begin, then open ones. server_now: the server's
// clock.
wire::json_object report_sessions(const p2p::session_cache& announced,
                                  std::span<const p2p::session_info> open, wall_time server_now);

}  // namespace mesh::app
