// A numeric IP address and what kind of network it belongs to.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>

namespace mesh::services {

class ip_address {
 public:
  // IPv4 or IPv6 as text; an IPv4 address inside IPv6 (RFC 4291 section 2.5.5.2) counts as IPv4. Nothing for
  // whatever is no numeric address.
  static std::optional<ip_address> parse(const std::string& text);

  bool is_v4() const { return v4_; }
  bool is_loopback() const;
  // RFC 1918, RFC 6598 (shared, as VPNs use it) and unique local IPv6 addresses.
  bool is_private() const;
  // Somebody else can send to it: not unspecified, multicast or bound to one link.
  bool is_usable() const;
  // The same /24 or /64: what one link usually has.
  bool is_near(const ip_address& other) const;
  // In a URL: an IPv6 literal stands in brackets (RFC 3986 section 3.2.2).
  std::string host() const;

  bool operator==(const ip_address&) const = default;

 private:
  std::uint32_t v4() const;

  std::array<std::uint8_t, 16> octets_{};  // the first four of an IPv4 address
  bool v4_ = false;
};

}  // namespace mesh::services
