// What is fuzzed: one function per parser of bytes that strangers send. Each ends the program when a promise
// is broken.
#pragma once
#include "core/base/bytes.hpp"

#include <cstdio>
#include <cstdlib>

namespace mesh::fuzz {

// However a stream is cut, the frames and the error are the same.
void frame(bytes_view data);
// What parses is rendered to something that parses to the same event.
void event(bytes_view data);
void p2p_message(bytes_view data);
// A folder's manifest that is believed holds no path, link, size or mode that it must not.
void manifest(bytes_view data);
// However patterns and a path are written, judging ends soon and names a line that is there; a folder's own
// line decides as it does alone.
void ignore(bytes_view data);
// No text is a token without the key; claims of any text, signed, are accepted only as the contract has them.
void capability_token(bytes_view data);
// Whatever a client sends, it gets valid HTTP back, each request is answered once, and a refusal is JSON.
void http(bytes_view data);
// Whatever frames a client sends, it gets valid frames back, and only whole UTF-8 messages are passed on.
void websocket(bytes_view data);
// Every text is settings or an error that names its place; server.toml survives being shown.
void config(bytes_view data);
// A body is refused with code and sentence, or survives rendering.
void rest_body(bytes_view data);
// Whatever a peer says on its streams, a session opens by a token of the server only, and nothing else gets
// in.
void handshake(bytes_view data);
// Datagrams of strangers, and those of a guest lost, damaged, repeated and moved: no crash, no amplification,
// nothing altered, and the next guest still gets in.
void quic_datagram(bytes_view data);

// Whatever a browser says on the streams of its connection, it is read the same from pieces of any size, and
// no stream is passed on without a session.
void webtransport(bytes_view data);

// However the output of a terminal is cut, the same leaves the machine, every letter in its place.
void secret_mask(bytes_view data);
// A recording of a terminal is played in order and within the bounds of one, or refused.
void recording(bytes_view data);
// Whatever comes through the relay, without the page's key there is no connection, and with it no more than
// its streams' windows hold.
void relay(bytes_view data);

inline void require(bool promise, const char* what) {
  if (promise) return;
  std::fprintf(stderr, "broken promise: %s\n", what);
  std::abort();
}

}  // namespace mesh::fuzz
