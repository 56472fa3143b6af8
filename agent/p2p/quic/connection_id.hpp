// Connection ids of an endpoint: how they are made, and which connection each one belongs to.
#pragma once
#include "core/base/bytes.hpp"

#include <algorithm>
#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <map>

namespace mesh::quic {

// At most 20 bytes (RFC 9000 section 17.2).
struct connection_id {
  std::array<std::byte, 20> data{};
  std::uint8_t size = 0;

  connection_id() = default;
  explicit connection_id(bytes_view from) noexcept;
  bytes_view view() const noexcept { return {data.data(), size}; }
  bool is(bytes_view id) const noexcept {
    return id.size() == size && std::memcmp(id.data(), data.data(), size) == 0;
  }
  auto operator<=>(const connection_id&) const = default;
};

// Every id this endpoint gives out has this length, so that a short header tells where its packet number
// begins.
inline constexpr std::size_t own_connection_id_bytes = 12;

// True when a short-header packet with this destination id would show the magic cookie of STUN (RFC 8489
// section 5) where a STUN message has it: such an id is drawn again.
bool resembles_stun(bytes_view id) noexcept;

// Random, never resembling STUN.
void fill_connection_id(std::span<std::byte> out) noexcept;

// Ordered and not hashed: the first ids of a connection are chosen by the peer, who could aim at one bucket.
template <class Connection>
class connection_id_table {
 public:
  void add(const connection_id& id, Connection* owner) { owners_.insert_or_assign(id, owner); }
  void remove(const connection_id& id) {
    owners_.erase(id);
    last_ = owners_.end();
  }
  // Packets come in runs to one connection, so the last answer is tried first.
  Connection* find(bytes_view id) {
    if (last_ != owners_.end() && last_->first.is(id)) return last_->second;
    if (id.size() > connection_id().data.size()) return nullptr;
    const auto found = owners_.find(connection_id(id));
    if (found == owners_.end()) return nullptr;
    last_ = found;
    return found->second;
  }
  std::size_t size() const noexcept { return owners_.size(); }

 private:
  std::map<connection_id, Connection*> owners_;
  typename std::map<connection_id, Connection*>::iterator last_ = owners_.end();
};

}  // namespace mesh::quic
