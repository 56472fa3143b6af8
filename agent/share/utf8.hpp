// UTF-8 by code point, for looking at names.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace mesh::share {

// One character of text at offset at. valid: false for a byte that begins no well-formed character; code is
// then that byte and size is 1.
struct code_point {
  char32_t code = 0;
  std::size_t size = 1;
  bool valid = false;
};
code_point decode_at(std::string_view text, std::size_t at) noexcept;

// The longest prefix of at most bytes_max bytes that does not end inside a character.
std::string_view cut_utf8(std::string_view text, std::size_t bytes_max) noexcept;

// Every byte that is no UTF-8 becomes U+FFFD.
std::string well_formed(std::string_view text);

}  // namespace mesh::share
