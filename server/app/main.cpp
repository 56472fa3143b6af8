#include "server/app/program.hpp"

#include <csignal>

int main(int argc, char** argv) {
  // A client that has gone and a file that may not grow are errors of a write, not the end of the program.
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
  return mesh::app::run_program(argc, argv);
}
