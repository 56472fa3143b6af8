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
// No text is a token without the key; claims of any text, signed, are accepted only as the contract has them.
void capability_token(bytes_view data);

inline void require(bool promise, const char* what) {
  if (promise) return;
  std::fprintf(stderr, "broken promise: %s\n", what);
  std::abort();
}

}  // namespace mesh::fuzz
