#include "agent/config/url.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

namespace mesh::config {
namespace {

std::uint16_t default_port(std::string_view scheme) {
  return scheme == "https" || scheme == "wss" ? 443 : 80;
}

std::unexpected<error> wrong(std::string_view text, std::string_view why) {
  return fail(errc::config_value, fmt::format("\"{}\" is not a usable address: {}", text, why));
}

}  // namespace

result<url> parse_url(std::string_view text) {
  url out;
  auto rest = text;
  const auto colon = rest.find("://");
  if (colon == std::string_view::npos) return wrong(text, "it must begin with http:// or https://");
  out.scheme = rest.substr(0, colon);
  if (out.scheme != "http" && out.scheme != "https" && out.scheme != "ws" && out.scheme != "wss")
    return wrong(text, "it must begin with http:// or https:// (ws:// or wss:// for ws_url)");
  rest.remove_prefix(colon + 3);
  if (rest.find_first_of("?#@ \\") != std::string_view::npos ||
      std::ranges::any_of(rest, [](unsigned char c) { return c < 0x21 || c == 0x7F; }))
    return wrong(text, "no user name, query, fragment or space may stand in it");
  const auto slash = rest.find('/');
  out.path = slash == std::string_view::npos ? "/" : std::string(rest.substr(slash));
  auto authority = rest.substr(0, slash);
  out.port = default_port(out.scheme);
  std::string_view port;
  if (authority.starts_with('[')) {
    const auto end = authority.find(']');
    if (end == std::string_view::npos) return wrong(text, "the ] of the IPv6 address is missing");
    out.host = authority.substr(1, end - 1);
    if (const auto after = authority.substr(end + 1); !after.empty()) {
      if (!after.starts_with(':')) return wrong(text, "only :PORT may follow ]");
      port = after;
    }
  } else {
    const auto at = authority.find(':');
    out.host = authority.substr(0, at);
    if (at != std::string_view::npos) port = authority.substr(at);
  }
  if (out.host.empty()) return wrong(text, "the host is missing");
  if (!port.empty()) {
    port.remove_prefix(1);
    const auto [end, code] = std::from_chars(port.data(), port.data() + port.size(), out.port);
    if (code != std::errc() || end != port.data() + port.size() || out.port == 0)
      return wrong(text, "the port must be a number from 1 to 65535");
  }
  return out;
}

std::string to_string(const url& u) {
  std::string out = u.scheme + "://";
  out += u.host.contains(':') ? fmt::format("[{}]", u.host) : u.host;
  if (u.port != default_port(u.scheme)) out += fmt::format(":{}", u.port);
  if (u.path != "/") out += u.path;
  return out;
}

url websocket_of(const url& server) {
  return {server.scheme == "https" ? "wss" : "ws", server.host, server.port, "/ws"};
}

bool is_loopback(const url& u) {
  return u.host == "localhost" || u.host.ends_with(".localhost") || u.host.starts_with("127.") ||
         u.host == "::1";
}

}  // namespace mesh::config
