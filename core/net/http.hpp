// One HTTP request and its answer as plain data; neither Beast nor sockets are seen here.
#pragma once
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
  void set(std::string name, std::string value);
  // The first value; nullopt when absent.
  std::optional<std::string_view> find(std::string_view name) const;
  std::size_t count(std::string_view name) const;
  const std::vector<std::pair<std::string, std::string>>& all() const { return entries_; }

 private:
  std::vector<std::pair<std::string, std::string>> entries_;
};

struct http_request {
  std::string method;          // "GET"
  std::string path;            // percent-decoded, begins with '/', no dot segments, no NUL
  std::string query;           // raw text after '?', without it
  http_headers headers;
  std::string body;
  std::string remote_address;  // numeric IP of the peer
  std::uint16_t remote_port = 0;
  bool secure = false;         // over TLS
};

struct http_response {
  unsigned status = 200;
  http_headers headers;
  std::string body;

  static http_response json(unsigned status, std::string body);
  static http_response empty(unsigned status = 204) { return {status, {}, {}}; }
};

// The value of a query parameter, percent-decoded ("+" is a space); nullopt when absent or badly encoded.
std::optional<std::string> query_value(std::string_view query, std::string_view name);

}  // namespace mesh::net
