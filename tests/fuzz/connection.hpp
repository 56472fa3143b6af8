// One connection of an HTTP server over a socket pair: the real session code, fed with any bytes.
#pragma once
#include "core/base/bytes.hpp"
#include "core/net/http.hpp"

#include <string>
#include <vector>

namespace mesh::fuzz {

// What a connection led to. requests: "GET /path ?query body" of those that reached a handler; upgrades among
// them begin with "UPGRADE". messages: those of a WebSocket. sent: all that the client got back.
// head_refused: the last answer refused a HEAD request, so it has no body.
struct conversation {
  std::vector<std::string> requests;
  std::vector<std::string> messages;
  std::string sent;
  bool head_refused = false;
};

// The client sends the pieces, each after the server has dealt with the one before, then ends its side.
// Handlers check what they are given. Ends the program when the server does not come to an end.
conversation talk(const std::vector<bytes_view>& pieces);

// Data as pieces of that many bytes.
std::vector<bytes_view> cut(bytes_view data, std::size_t piece_bytes);

struct http_answer {
  unsigned status = 0;
  bool closes = false;
  std::string body;
};

// Reads the answers as a strict client does (RFC 9112); ends the program when they are not HTTP. Behind an
// answer 101 the rest is what follows it. rest may be null when nothing may follow.
std::vector<http_answer> read_answers(const conversation& seen, std::string_view* rest);

}  // namespace mesh::fuzz
