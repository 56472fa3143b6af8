// Text of others made safe to print: control characters, bidirectional overrides and broken UTF-8 become
// visible.
#pragma once
#include <string>
#include <string_view>

namespace mesh {

// True when text is well-formed UTF-8 (RFC 3629: no surrogates, no overlong forms, at most U+10FFFF).
bool valid_utf8(std::string_view text) noexcept;

// Number of code points of well-formed UTF-8.
std::size_t utf8_length(std::string_view text) noexcept;

// C0 and C1 controls, DEL, bidirectional controls and zero-width format characters as \u{XX}; bytes that are
// not UTF-8 as \xHH. A tab stays.
std::string escape_controls(std::string_view text);

}  // namespace mesh
