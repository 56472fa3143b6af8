// Peers whose addresses change while a connection to them runs.
#include "agent/p2p/close_code.hpp"
#include "agent/p2p/node_state.hpp"
#include "core/base/log.hpp"

#include <algorithm>
#include <set>

namespace mesh::p2p {
namespace {

bool has(const std::vector<udp_address>& list, const udp_address& address) {
  return std::ranges::find(list, address) != list.end();
}

}  // namespace

void node::peer_moved(const mesh::device_id& peer, std::vector<udp_address> addresses) {
  state_->peer_moved(peer, std::move(addresses));
}

void node::own_address_changed() {
  for (auto& [number, link] : state_->links) link->carrier().own_address_changed();
}

void node_state::peer_moved(const mesh::device_id& peer, std::vector<udp_address> addresses) {
  std::set<std::uint64_t> numbers;
  for (const auto& [id, session] : sessions)
    if (session.info.peer().device_id == peer) numbers.insert(session.link);
  for (const auto number : numbers) {
    const auto found = links.find(number);
    if (found == links.end() || !found->second->carrier().dialed()) continue;
    auto& link = *found->second;
    const auto old = std::exchange(link.addresses_told, addresses);
    link.move.reset();
    // It is where it was; or behind a NAT, where it was never at an address of its own.
    if (has(addresses, link.carrier().peer_address())) continue;
    link.move.emplace(address_search(addresses, old), link.carrier().stats().packets_received);
    search(link, config.now());
  }
}

void node_state::search(peer_link& link, steady_time now) {
  auto& move = *link.move;
  while (const auto next = move.search.next(now)) {
    const auto tried = link.carrier().try_address(*next);
    log::debug("p2p", "is the peer at {}? {}", to_string(*next), tried ? "asking" : tried.error().detail);
    if (!tried) continue;
    move.search.asked(now);
    break;
  }
  if (has(link.addresses_told, link.carrier().peer_address())) {
    log::info("p2p", "the connection goes on at {}", to_string(link.carrier().peer_address()));
    link.move.reset();
    return;
  }
  if (!move.search.over(now)) return;
  const bool silent = link.carrier().stats().packets_received == move.packets_before;
  link.move.reset();
  if (!silent) return;
  log::info("p2p", "{} moved and answers nowhere: its connection ends",
            to_string(link.carrier().peer_address()));
  link.carrier().close(close_code::none, "the peer moved");
}

void node_state::tick_searches(steady_time now) {
  for (auto& [number, link] : links)
    if (link->move) search(*link, now);
}

}  // namespace mesh::p2p
