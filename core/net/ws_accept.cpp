#include "core/net/ws_accept.hpp"

#include <algorithm>

namespace mesh::net {
namespace {

char lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

// True when a comma-separated header names the token, in any case.
bool lists(const http_headers& headers, std::string_view name, std::string_view token) {
  for (const auto& [key, text] : headers.all()) {
    if (!std::ranges::equal(key, name, {}, lower, lower)) continue;
    std::string_view rest = text;
    while (!rest.empty()) {
      const auto comma = rest.find(',');
      auto item = rest.substr(0, comma);
      rest = comma == std::string_view::npos ? std::string_view() : rest.substr(comma + 1);
      while (item.starts_with(' ') || item.starts_with('\t')) item.remove_prefix(1);
      while (item.ends_with(' ') || item.ends_with('\t')) item.remove_suffix(1);
      if (std::ranges::equal(item, token, {}, lower, lower)) return true;
    }
  }
  return false;
}

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
  return lists(request.headers, "Upgrade", "websocket") && lists(request.headers, "Connection", "upgrade");
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
