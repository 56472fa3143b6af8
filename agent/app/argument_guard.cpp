#include "agent/app/argument_guard.hpp"

#include "core/base/secret.hpp"

#include <cstring>

namespace mesh::app {

std::vector<std::string> take_arguments(int argc, char** argv) {
  std::vector<std::string> out;
  for (int i = 1; i < argc; ++i) {
    out.emplace_back(argv[i]);
    wipe(argv[i], std::strlen(argv[i]));
  }
  return out;
}

}  // namespace mesh::app
