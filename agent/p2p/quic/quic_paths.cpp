// Which way a connection takes: RFC 9000 section 9. Either machine may get another address while it runs.
#include "agent/p2p/quic/datagram_socket.hpp"
#include "agent/p2p/quic/native_path.hpp"
#include "agent/p2p/quic/quic_callbacks.hpp"
#include "core/base/log.hpp"

#include <fmt/format.h>

namespace mesh::quic {
namespace {

// The address came back that was there before: what was lost meanwhile waits for a timer that doubles with
// every try.
constexpr ngtcp2_duration silence_max = NGTCP2_SECONDS;

}  // namespace

std::uint16_t quic_connection::current_path() const {
  const auto* const path = ngtcp2_conn_get_path(conn_);
  return path_id_of(path->local);
}

p2p::udp_address quic_connection::peer_address() const {
  const auto* const path = const_cast<path_table&>(paths_).by_id(current_path());
  return path == nullptr ? p2p::udp_address() : path->remote;
}

// nullptr: a packet from nowhere that this side knows.
path* quic_connection::path_from(const p2p::udp_address& remote) {
  if (auto* const known = paths_.by_remote(remote)) return known;
  // Only the dialing side chooses where a connection lives; for the other a new address is a NAT that changed
  // its mind or a machine that moved, and QUIC validates it before anything but probes goes there.
  if (!server_ || phase_ == phase::handshaking) return nullptr;
  auto& made = paths_.add(remote, current_path());
  if (ladder_ && !stays_on_this_machine(remote)) ladder_->give_up();
  return &made;
}

result<void> quic_connection::migrate(const p2p::udp_address& remote, migration how) {
  if (server_ || phase_ != phase::open)
    return fail(errc::busy, "only the side that dialed moves a connection");
  const auto id = paths_.add(remote, current_path()).id;
  native_path native(id);
  const auto over = native.get();
  if (const int rv = how(conn_, &over, clock()); rv != 0) {
    paths_.remove(id);
    return fail(errc::busy, fmt::format("QUIC: {}", ngtcp2_strerror(rv)));
  }
  if (ladder_ && !stays_on_this_machine(remote)) ladder_->give_up();
  left_by_ = own_address_towards(remote);
  host_.wants_turn(*this);
  return {};
}

result<void> quic_connection::try_address(const p2p::udp_address& to) {
  if (to == peer_address()) return {};
  if (!own_address_towards(to)) return fail(errc::address_invalid, "no way leads to " + p2p::to_string(to));
  return migrate(to, ngtcp2_conn_initiate_migration);
}

void quic_connection::own_address_changed() {
  const auto remote = peer_address();
  const auto now_by = own_address_towards(remote);
  const bool silent = clock() - heard_at_ > silence_max;
  if (!now_by || (now_by == left_by_ && !silent)) return;
  const auto moved = migrate(remote, ngtcp2_conn_initiate_immediate_migration);
  if (moved) log::info("p2p", "the way to {} is another one now", p2p::to_string(remote));
}

}  // namespace mesh::quic
