#include "agent/p2p/udp_address.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <charconv>

#include <fmt/format.h>

namespace mesh::p2p {
namespace {

constexpr std::size_t v4_prefix_bytes = 12;

std::unexpected<error> bad(std::string_view text) {
  return fail(errc::address_invalid,
              fmt::format("\"{}\" is not an address like 192.168.1.50:5000 or [2001:db8::1]:5000", text));
}

result<std::uint16_t> parse_port(std::string_view text, std::string_view whole) {
  std::uint16_t port = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (failure != std::errc() || end != text.data() + text.size() || port == 0) return bad(whole);
  return port;
}

}  // namespace

bool udp_address::is_v4() const noexcept {
  return std::all_of(ip.begin(), ip.begin() + 10, [](std::byte b) { return b == std::byte{0}; }) &&
         ip[10] == std::byte{0xff} && ip[11] == std::byte{0xff};
}

bool udp_address::is_loopback() const noexcept {
  if (is_v4()) return ip[v4_prefix_bytes] == std::byte{127};
  return std::all_of(ip.begin(), ip.begin() + 15, [](std::byte b) { return b == std::byte{0}; }) &&
         ip[15] == std::byte{1};
}

result<udp_address> make_udp_address(std::string_view ip, std::uint16_t port) {
  udp_address out;
  out.port = port;
  const std::string text(ip);
  if (port == 0) return bad(text);
  if (::inet_pton(AF_INET, text.c_str(), out.ip.data() + v4_prefix_bytes) == 1) {
    out.ip[10] = out.ip[11] = std::byte{0xff};
    return out;
  }
  if (::inet_pton(AF_INET6, text.c_str(), out.ip.data()) == 1) return out;
  return bad(text);
}

result<udp_address> parse_udp_address(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return bad(text);
  const auto port = parse_port(text.substr(colon + 1), text);
  if (!port) return std::unexpected(port.error());
  auto ip = text.substr(0, colon);
  const bool bracketed = ip.starts_with('[') && ip.ends_with(']');
  if (bracketed) ip = ip.substr(1, ip.size() - 2);
  if (bracketed != (ip.find(':') != std::string_view::npos)) return bad(text);
  auto address = make_udp_address(ip, *port);
  if (!address) return bad(text);
  return address;
}

std::string to_string(const udp_address& address) {
  char text[INET6_ADDRSTRLEN] = "";
  if (address.is_v4()) {
    ::inet_ntop(AF_INET, address.ip.data() + v4_prefix_bytes, text, sizeof text);
    return fmt::format("{}:{}", text, address.port);
  }
  ::inet_ntop(AF_INET6, address.ip.data(), text, sizeof text);
  return fmt::format("[{}]:{}", text, address.port);
}

}  // namespace mesh::p2p
