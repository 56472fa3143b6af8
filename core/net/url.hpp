// An http, https, ws or wss address taken apart.
#pragma once
#include "core/base/error.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace mesh::net {

struct url {
  std::string scheme;  // "http", "https", "ws", "wss"
  std::string host;    // name or numeric address, without brackets, lower case
  std::uint16_t port = 0;
  std::string target;  // path and query, begins with '/'

  bool secure() const { return scheme == "https" || scheme == "wss"; }
  // Value of the Host header: brackets around IPv6, no default port.
  std::string host_header() const;
  // "https://host:port" (no default port): what a page of that server sends as Origin.
  std::string origin() const;
  std::string str() const;
};

// Errors: address_invalid: another scheme, user information, a fragment, white space, a port out of range, no
// host.
result<url> parse_url(std::string_view text);

// "127.0.0.1:5000", "[::1]:5000", "name:5000". Errors: address_invalid.
struct host_port {
  std::string host;  // without brackets
  std::uint16_t port = 0;
};
result<host_port> parse_host_port(std::string_view text);
std::string format_host_port(std::string_view host, std::uint16_t port);

// True for "localhost" and numeric addresses of 127.0.0.0/8 and ::1.
bool is_loopback(std::string_view host);

}  // namespace mesh::net
