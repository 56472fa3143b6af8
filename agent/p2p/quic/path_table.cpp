#include "agent/p2p/quic/path_table.hpp"

#include <algorithm>

namespace mesh::quic {
namespace {

p2p::udp_address synthetic(std::uint8_t side, std::uint16_t id) noexcept {
  p2p::udp_address made;
  constexpr std::array<std::uint8_t, 6> prefix = {0xfd, 0x4d, 0x65, 0x73, 0x00, 0x68};
  for (std::size_t i = 0; i < prefix.size(); ++i) made.ip[i] = std::byte{prefix[i]};
  made.ip[13] = std::byte{side};
  put_be(made.ip.data() + 14, id);
  made.port = 1;
  return made;
}

}  // namespace

p2p::udp_address synthetic_local(std::uint16_t id) noexcept {
  return synthetic(1, id);
}
p2p::udp_address synthetic_remote(std::uint16_t id) noexcept {
  return synthetic(2, id);
}

path_table::path_table(const p2p::udp_address& first_remote) {
  paths_.push_back({.remote = first_remote});
}

path* path_table::by_remote(const p2p::udp_address& remote) noexcept {
  const auto found = std::ranges::find(paths_.rbegin(), paths_.rend(), remote, &path::remote);
  return found == paths_.rend() ? nullptr : &*found;
}

path* path_table::by_id(std::uint16_t id) noexcept {
  const auto found = std::ranges::find(paths_, id, &path::id);
  return found == paths_.end() ? nullptr : &*found;
}

path& path_table::add(const p2p::udp_address& remote, std::uint16_t current) {
  if (paths_.size() >= paths_max) {
    const auto oldest = std::ranges::find_if(paths_, [&](const path& p) { return p.id != current; });
    paths_.erase(oldest);
  }
  return paths_.emplace_back(path{.id = ++last_id_, .remote = remote});
}

void path_table::remove(std::uint16_t id) {
  std::erase_if(paths_, [&](const path& p) { return p.id == id; });
}

}  // namespace mesh::quic
