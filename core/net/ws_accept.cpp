#include "core/net/ws_accept.hpp"

#include <algorithm>

namespace mesh::net {
namespace {

// Base64 (RFC 4648 section 4) of exactly 16 bytes: 22 characters, the last with four zero bits, and "==".
bool is_websocket_key(std::string_view key) {
  static constexpr std::string_view alphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  if (key.size() != 24 || !key.ends_with("==")) return false;
  const auto digits = key.substr(0, 22);
  return std::ranges::all_of(digits, [](char c) { return alphabet.contains(c); }) &&
         alphabet.find(digits.back()) % 16 == 0;
}

}  // namespace

bool wants_websocket(const http_request& request) {
  return lists_token(request.headers, "Upgrade", "websocket") &&
         lists_token(request.headers, "Connection", "upgrade");
}

std::optional<http_response> refuse_upgrade(const http_request& request) {
  if (request.method != "GET" || !request.body.empty())
    return http_response::failure(400, "bad_request",
                                  "a WebSocket is opened by a GET request without a body");
  if (request.headers.count("Sec-WebSocket-Version") != 1 ||
      request.headers.find("Sec-WebSocket-Version") != "13") {
    auto answer = http_response::failure(426, "bad_request", "only WebSocket version 13 is spoken here");
    answer.headers.add("Sec-WebSocket-Version", "13");
    return answer;
  }
  if (request.headers.count("Sec-WebSocket-Key") != 1 ||
      !is_websocket_key(*request.headers.find("Sec-WebSocket-Key")))
    return http_response::failure(400, "bad_request", "Sec-WebSocket-Key is not 16 bytes in base64");
  return std::nullopt;
}

}  // namespace mesh::net
