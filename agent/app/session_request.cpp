#include "agent/app/session_request.hpp"

#include "agent/app/peer_choice.hpp"
#include "core/base/limits.hpp"
#include "core/wire/rest_bodies.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace mesh::app {

io::task<result<outgoing_session>> request_session(server_link::account& account, std::string device_id,
                                                   std::string room, wire::session_kind kind) {
  wire::p2p_session_request body;
  body.kind = wire::word_of(kind);
  body.target_device_id = mesh::device_id(device_id);
  body.ttl = std::chrono::seconds(limits::capability_life_default).count();
  body.initiator_device_id = mesh::device_id(account.self().device_id);
  if (!room.empty()) {
    const auto rooms = co_await account.get<wire::room_list>("/api/rooms");
    if (!rooms) co_return std::unexpected(rooms.error());
    const auto found = std::ranges::find_if(
        rooms->rooms, [&](const auto& r) { return r.id.str() == room || r.name == room; });
    if (found == rooms->rooms.end())
      co_return fail(errc::not_found, fmt::format("no room \"{}\"", room), "room");
    body.room_id = found->id;
  }
  auto made = co_await account.post<wire::p2p_session_answer>("/api/p2p/sessions", body);
  if (!made) co_return pass(made);
  outgoing_session session{made->session_id.str(), secret(std::move(made->session_token)), {}, true};
  const auto endpoints = wire::from_json<wire::endpoints_info>(made->endpoints);
  if (endpoints && endpoints->target) session.addresses.push_back(*endpoints->target);
  co_return session;
}

io::task<result<wire::device_info>> find_peer(server_link::account& account, std::string wanted) {
  const auto peers = co_await account.get<wire::device_list>("/api/devices?scope=peers");
  if (!peers) co_return std::unexpected(peers.error());
  co_return choose_peer(peers->devices, wanted, account.self().device_id);
}

void close_session(data_plane& plane, server_link::server_link& link, const std::string& session_id) {
  plane.close_session(session_id);
  wire::event e;
  e.type = "p2p.session.close";
  e.to = "server";
  e.payload = wire::make_payload(wire::p2p_session_reference{mesh::session_id(session_id)});
  link.send(std::move(e));
}

}  // namespace mesh::app
