#include "agent/server_link/backoff.hpp"

#include <algorithm>
#include <cstdint>

namespace mesh::server_link {

backoff::milliseconds backoff::next(std::uint32_t random) {
  const auto bound = std::min(most_, first_ * (std::int64_t{1} << std::min(tries_, 20U)));
  ++tries_;
  const auto half = bound.count() / 2;
  return milliseconds(half + static_cast<std::int64_t>(random) * (bound.count() - half) / 0xFFFFFFFFLL);
}

}  // namespace mesh::server_link
