// Addresses of a server: scheme, host and port.
#pragma once
#include "core/base/error.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace mesh::config {

// host: without brackets. path: "/" when absent; never a query or a fragment.
struct url {
  std::string scheme;
  std::string host;
  std::uint16_t port = 0;
  std::string path;
};

// "http://localhost:8000", "wss://[::1]/ws". The port defaults by scheme. Errors: config_value for another
// scheme, user names, a query, an empty host or a wrong port.
result<url> parse_url(std::string_view text);

// "http://localhost:8000": the default port of the scheme is left out, IPv6 gets its brackets.
std::string to_string(const url& u);

// ws://HOST:PORT/ws for http, wss for https.
url websocket_of(const url& server);

// True for localhost, *.localhost, 127.0.0.0/8 and ::1: a place where nobody is on the path.
bool is_loopback(const url& u);

}  // namespace mesh::config
