// Asks the server for a session with another device.
#pragma once
#include "agent/app/data_plane.hpp"
#include "agent/p2p/close_code.hpp"
#include "agent/server_link/account.hpp"
#include "agent/server_link/server_link.hpp"
#include "core/io/task.hpp"

#include <string>

namespace mesh::app {

// room: its id or its name; empty: the server finds the only common one. sender: who sends the content.
// Errors: those of the server (peer_offline, room_required …), not_found for an unknown room.
io::task<result<outgoing_session>> request_session(server_link::account& account, std::string device_id,
                                                   std::string room, wire::session_kind kind,
                                                   capability::role sender = capability::role::initiator);

// The machine that a person means by this name: see choose_peer.
io::task<result<wire::device_info>> find_peer(server_link::account& account, std::string wanted);

// Here, and at the server, which tells the other side. reason: as for data_plane::close_session().
void close_session(data_plane& plane, server_link::server_link& link, const std::string& session_id,
                   const error& reason = p2p::close_code::closed_here());

}  // namespace mesh::app
