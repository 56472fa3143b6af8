// What mesh-server says to the person at the command line, in both languages.
#pragma once

namespace mesh::app {

void add_texts();

}  // namespace mesh::app
