// mesh-server from its command line to its exit code.
#pragma once

namespace mesh::app {

// 0: done. 1: it failed, and standard error says why. 2: the command line or the settings are wrong.
int run_program(int argc, const char* const* argv);

}  // namespace mesh::app
