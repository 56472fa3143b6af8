#include "core/base/standard_descriptors.hpp"
#include "server/app/program.hpp"

#include <csignal>
#include <malloc.h>

namespace {

// What the allocator keeps for the next allocation, of each thread. By default it gives memory back and takes
// it again around every commit, under a lock that the other thread waits for (a fifth of the calls into the
// kernel under chat). What is left over is given back once a minute by give_memory_back().
constexpr int kept_bytes = 4 * 1024 * 1024;

}  // namespace

int main(int argc, char** argv) {
  mesh::hold_standard_descriptors();
  // A client that has gone and a file that may not grow are errors of a write, not the end of the program.
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
  ::mallopt(M_TRIM_THRESHOLD, kept_bytes);
  return mesh::app::run_program(argc, argv);
}
