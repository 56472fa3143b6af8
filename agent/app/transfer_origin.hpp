// Whose transfer it is that comes in, as the handshake proved it, and what its sender calls it.
#pragma once
#include "agent/share/transfer.hpp"

#include <compare>
#include <string>

namespace mesh::app {

struct transfer_origin {
  std::string user;
  std::string device;
  std::string transfer_id;
  auto operator<=>(const transfer_origin&) const = default;
};

inline transfer_origin origin_of(const share::transfer_info& info) {
  return {info.peer.user.str(), info.peer.device.str(), info.transfer_id};
}

}  // namespace mesh::app
