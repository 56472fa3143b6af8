#include "agent/app/session_request.hpp"

#include "agent/app/peer_choice.hpp"
#include "core/base/limits.hpp"
#include "core/base/log.hpp"
#include "core/wire/rest_bodies.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace mesh::app {
namespace {

// A machine that has just started, or is loaded, may not answer within the moment that the server gives it.
constexpr int attempts_max = 3;

io::task<bool> is_online(server_link::account& account, const std::string& device_id) {
  const auto peers = co_await account.get<wire::device_list>("/api/devices?scope=peers");
  co_return peers&& std::ranges::any_of(
      peers->devices, [&](const auto& d) { return d.device_id.str() == device_id && d.online; });
}

// The server says the same of a machine that is away and of one that did not answer in time; the second one
// is worth another question.
io::task<result<wire::p2p_session_answer>> ask_for_session(server_link::account& account,
                                                           wire::p2p_session_request body) {
  const auto target = body.target_device_id.str();
  for (int attempt = 1;; ++attempt) {
    auto made = co_await account.post<wire::p2p_session_answer>("/api/p2p/sessions", body);
    if (made || made.error().code != errc::peer_offline || attempt == attempts_max) co_return made;
    const bool still_there = co_await is_online(account, target);
    if (!still_there) co_return made;
    log::info("p2p", "{} is connected but did not answer in time, asking again", target);
  }
}

}  // namespace

io::task<result<outgoing_session>> request_session(server_link::account& account, std::string device_id,
                                                   std::string room, wire::session_kind kind,
                                                   capability::role sender) {
  wire::p2p_session_request body;
  body.kind = wire::word_of(kind);
  if (sender == capability::role::target) body.sender = wire::word_of(sender);
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
  auto made = co_await ask_for_session(account, std::move(body));
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

void close_session(data_plane& plane, server_link::server_link& link, const std::string& session_id,
                   const error& reason) {
  plane.sessions().close_session(session_id, reason);
  wire::event e;
  e.type = "p2p.session.close";
  e.to = "server";
  e.payload = wire::make_payload(wire::p2p_session_reference{mesh::session_id(session_id)});
  link.send(std::move(e));
}

}  // namespace mesh::app
