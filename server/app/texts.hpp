// What mesh-server says to the person at the command line, in both languages.
#pragma once
#include "core/text/catalogue.hpp"

#include <span>

namespace mesh::app {

std::span<const text::entry> texts();

void add_texts();

}  // namespace mesh::app
