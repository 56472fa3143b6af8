#include "server/app/program.hpp"

#include <csignal>

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  return mesh::app::run_program(argc, argv);
}
