// Paths of one connection. QUIC is shown synthetic addresses that name a path, never the real ones: ngtcp2
// refuses to migrate between paths of one local address and drops packets from a remote address it does not
// know, although both are ordinary when a NAT gives a peer another port or a relay is left for a direct path.
#pragma once
#include "agent/p2p/udp_address.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

namespace mesh::quic {

// remote: where datagrams of this path go. local_ip: the address of this machine that the peer sees (port
// unused), unset until a datagram arrived.
struct path {
  std::uint16_t id = 0;
  p2p::udp_address remote;
  std::optional<p2p::udp_address> local_ip;
};

// The addresses of path id: fd4d:6573:68::1:<id> and fd4d:6573:68::2:<id>, both port 1.
p2p::udp_address synthetic_local(std::uint16_t id) noexcept;
p2p::udp_address synthetic_remote(std::uint16_t id) noexcept;

class path_table {
 public:
  // A peer that changes its address faster than paths are validated gains nothing: the oldest is forgotten.
  static constexpr std::size_t paths_max = 4;

  explicit path_table(const p2p::udp_address& first_remote);

  // The newest that leads there: one may be taken anew, from another address of this machine. nullptr when
  // none does.
  path* by_remote(const p2p::udp_address& remote) noexcept;
  // nullptr when the path was forgotten.
  path* by_id(std::uint16_t id) noexcept;
  // A path to a new address. The one named current stays, whatever its age.
  path& add(const p2p::udp_address& remote, std::uint16_t current);
  void remove(std::uint16_t id);
  std::size_t size() const noexcept { return paths_.size(); }

 private:
  std::vector<path> paths_;
  std::uint16_t last_id_ = 0;
};

}  // namespace mesh::quic
