// Arguments as everybody on the machine sees them in /proc/PID/cmdline.
#pragma once
#include <string>
#include <vector>

namespace mesh::app {

// Copies the arguments (without the program's name), then overwrites them in place, so that a token given as
// --token does not stay readable for other users. The program's name stays.
std::vector<std::string> take_arguments(int argc, char** argv);

}  // namespace mesh::app
