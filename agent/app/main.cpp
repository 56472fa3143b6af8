// mesh-agent: reads the command line and hands over to the verb.
#include "agent/app/argument_guard.hpp"
#include "agent/app/run_command.hpp"
#include "agent/os/process.hpp"
#include "core/base/standard_descriptors.hpp"

int main(int argc, char** argv) {
  mesh::hold_standard_descriptors();
  mesh::os::ignore_write_signals();
  mesh::os::forbid_dumps();
  const auto arguments = mesh::app::take_arguments(argc, argv);
  return mesh::app::run_program(arguments);
}
