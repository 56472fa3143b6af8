// Cells of libvterm as text for another terminal: printable characters and SGR sequences, nothing else.
#pragma once
#include "agent/terminal/link_grid.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <vterm.h>

namespace mesh::terminal {

// Attributes and colours of a cell as one sequence that begins with a reset.
std::string sgr_of(const VTermScreenCellAttrs& attributes, const VTermColor& foreground,
                   const VTermColor& background);

// What would drive a terminal becomes a replacement character.
void append_utf8(std::string& out, std::uint32_t c);

// How wide a character is. mesh-agent runs in whatever locale, so wcwidth() says nothing outside ASCII there.
int columns_of(char32_t code) noexcept;

// Ends with a reset when there was anything to reset. Blank cells at the end are left away. links: one a
// cell, or none at all.
std::string text_of(std::span<const VTermScreenCell> cells, std::span<const cell_link> links = {});

}  // namespace mesh::terminal
