// Cells of libvterm as text for another terminal: printable characters and SGR sequences, nothing else.
#pragma once
#include <span>
#include <string>
#include <vterm.h>

namespace mesh::terminal {

// Attributes and colours of a cell as one sequence that begins with a reset.
std::string sgr_of(const VTermScreenCellAttrs& attributes, const VTermColor& foreground,
                   const VTermColor& background);

// How wide a character is. mesh-agent runs in whatever locale, so wcwidth() says nothing outside ASCII there.
int columns_of(char32_t code) noexcept;

// Ends with a reset when there was anything to reset. Blank cells at the end are left away.
std::string text_of(std::span<const VTermScreenCell> cells);

}  // namespace mesh::terminal
