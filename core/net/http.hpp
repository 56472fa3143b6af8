// One HTTP request and its answer as plain data; neither Beast nor sockets are seen here.
#pragma once
#include "core/base/error.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mesh::net {

// Header names compare without case; order and duplicates are kept.
class http_headers {
 public:
  void add(std::string name, std::string value);
  // Replaces every value of that name.
  void set(std::string name, std::string value);
  // The first value; nullopt when absent.
  std::optional<std::string_view> find(std::string_view name) const;
  std::size_t count(std::string_view name) const;
  const std::vector<std::pair<std::string, std::string>>& all() const { return entries_; }

 private:
  std::vector<std::pair<std::string, std::string>> entries_;
};

struct http_request {
  std::string method;  // "GET"
  std::string path;    // percent-decoded, begins with '/', no dot segments, no NUL
  std::string query;   // raw text after '?', without it
  http_headers headers;
  std::string body;
  std::string remote_address;  // numeric IP of the peer
  std::uint16_t remote_port = 0;
  bool secure = false;  // over TLS
};

struct http_response {
  unsigned status = 200;
  http_headers headers;
  std::string body;

  static http_response json(unsigned status, std::string body);
  // {"error":{"code":"…","message":"…"}}, the only form that errors have. message: plain ASCII text.
  static http_response failure(unsigned status, std::string_view code, std::string_view message);
  static http_response empty(unsigned status = 204) { return {status, {}, {}}; }
};

// True when a header that is a comma-separated list names the token, in any case.
bool lists_token(const http_headers& headers, std::string_view name, std::string_view token);

// The value of a query parameter, percent-decoded ("+" is a space); nullopt when absent or badly encoded.
std::optional<std::string> query_value(std::string_view query, std::string_view name);

// The value of a cookie of a Cookie header ("a=1; b=2"); nullopt when absent.
std::optional<std::string_view> cookie_value(std::string_view header, std::string_view name);

// The token of "Authorization: Bearer TOKEN" (scheme in any case); nullopt when it is something else.
std::optional<std::string_view> bearer_token(std::string_view header);

// %XX decoded once; nullopt when an escape is broken.
std::optional<std::string> percent_decode(std::string_view text);
// Everything but unreserved characters (RFC 3986 section 2.3) as %XX.
std::string percent_encode(std::string_view text);

struct request_target {
  std::string path;   // as http_request::path
  std::string query;  // as http_request::query
};

// Splits and decodes a request target in origin or absolute form (RFC 9112 section 3.2). Errors: bad_request
// for every other form, a broken escape or a raw control character; not_found for what could name another
// file than it seems to: an encoded slash, a backslash, an encoded control character, a dot segment.
result<request_target> parse_target(std::string_view target);

// The standard phrase of a status ("Not Found").
std::string_view reason_phrase(unsigned status) noexcept;

}  // namespace mesh::net
