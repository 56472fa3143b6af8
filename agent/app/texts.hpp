// The sentences of the command line, in English and French.
#pragma once
#include "core/text/catalogue.hpp"

#include <span>

namespace mesh::app {

std::span<const text::entry> help_texts() noexcept;     // --help
std::span<const text::entry> command_texts() noexcept;  // what commands say

// Chooses the language by the environment and adds both tables.
void load_texts();

}  // namespace mesh::app
