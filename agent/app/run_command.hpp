// From the words of a command line to an exit code.
#pragma once
#include <span>
#include <string>

namespace mesh::app {

// Everything between main() and a verb: language, log, configuration; errors in words on standard error.
int run_program(std::span<const std::string> arguments);

}  // namespace mesh::app
