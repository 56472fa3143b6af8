// An IP address with a UDP port, IPv4 or IPv6: where a peer can be reached.
#pragma once
#include "core/base/bytes.hpp"
#include "core/base/error.hpp"

#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace mesh::p2p {

// IPv4 is kept in its mapped form (::ffff:a.b.c.d). scope: interface index of a link-local IPv6 address, else
// 0.
struct udp_address {
  std::array<std::byte, 16> ip{};
  std::uint32_t scope = 0;
  std::uint16_t port = 0;

  bool is_v4() const noexcept;
  bool is_loopback() const noexcept;
  auto operator<=>(const udp_address&) const = default;
  // Asked for each packet that comes; the one of the compiler goes byte by byte.
  bool operator==(const udp_address& other) const noexcept {
    return port == other.port && scope == other.scope &&
           std::memcmp(ip.data(), other.ip.data(), ip.size()) == 0;
  }
};

// "192.168.1.50:5000" or "[2001:db8::1]:5000". Errors: address_invalid (names are not resolved; port 0 is
// refused).
result<udp_address> parse_udp_address(std::string_view text);
// An address without port, as candidates carry it. Errors: address_invalid.
result<udp_address> make_udp_address(std::string_view ip, std::uint16_t port);

std::string to_string(const udp_address& address);

}  // namespace mesh::p2p
