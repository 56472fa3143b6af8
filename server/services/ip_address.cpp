#include "server/services/ip_address.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <cstring>

namespace mesh::services {
namespace {

in6_addr as_v6(const std::array<std::uint8_t, 16>& octets) {
  in6_addr six{};
  std::memcpy(&six, octets.data(), octets.size());
  return six;
}

}  // namespace

std::optional<ip_address> ip_address::parse(const std::string& text) {
  ip_address address;
  in_addr four{};
  if (inet_pton(AF_INET, text.c_str(), &four) == 1) {
    address.v4_ = true;
    std::memcpy(address.octets_.data(), &four, sizeof four);
    return address;
  }
  in6_addr six{};
  if (inet_pton(AF_INET6, text.c_str(), &six) != 1) return std::nullopt;
  std::memcpy(address.octets_.data(), &six, sizeof six);
  if (IN6_IS_ADDR_V4MAPPED(&six)) {
    address.v4_ = true;
    std::ranges::copy_n(address.octets_.begin() + 12, 4, address.octets_.begin());
    std::fill(address.octets_.begin() + 4, address.octets_.end(), std::uint8_t{0});
  }
  return address;
}

std::uint32_t ip_address::v4() const {
  return (std::uint32_t{octets_[0]} << 24) | (std::uint32_t{octets_[1]} << 16) |
         (std::uint32_t{octets_[2]} << 8) | octets_[3];
}

bool ip_address::is_loopback() const {
  if (v4_) return octets_[0] == 127;
  const auto six = as_v6(octets_);
  return IN6_IS_ADDR_LOOPBACK(&six);
}

bool ip_address::is_private() const {
  if (!v4_) return (octets_[0] & 0xFE) == 0xFC;
  const auto host = v4();
  return (host >> 24) == 10 || (host >> 20) == 0xAC1 || (host >> 16) == 0xC0A8 || (host >> 22) == 0x191;
}

bool ip_address::is_usable() const {
  if (v4_) {
    const auto host = v4();
    const bool unspecified = (host >> 24) == 0;
    const bool link_local = (host >> 16) == 0xA9FE;
    const bool multicast_or_above = (host >> 28) >= 0xE;
    return !unspecified && !link_local && !multicast_or_above;
  }
  const auto six = as_v6(octets_);
  return !IN6_IS_ADDR_UNSPECIFIED(&six) && !IN6_IS_ADDR_LINKLOCAL(&six) && !IN6_IS_ADDR_MULTICAST(&six);
}

bool ip_address::is_near(const ip_address& other) const {
  const auto network_octets = v4_ ? 3 : 8;
  return v4_ == other.v4_ &&
         std::equal(octets_.begin(), octets_.begin() + network_octets, other.octets_.begin());
}

std::string ip_address::host() const {
  char text[INET6_ADDRSTRLEN] = {};
  inet_ntop(v4_ ? AF_INET : AF_INET6, octets_.data(), text, sizeof text);
  return v4_ ? text : "[" + std::string(text) + "]";
}

}  // namespace mesh::services
