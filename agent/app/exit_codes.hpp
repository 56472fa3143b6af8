// What the exit code of a command says (mesh-agent(1), EXIT STATUS).
#pragma once
#include "core/base/error.hpp"

namespace mesh::app {

enum class exit_code : int {
  ok = 0,
  failure = 1,        // anything not named below: an id, a room or a terminal that there is not, too
  usage = 2,          // the command line or the configuration is wrong
  not_signed_in = 3,  // or the sign-in is not accepted any more
  unreachable = 4,    // the server or the daemon does not answer
  peer_absent = 5,    // the other machine or person is unknown, or it is offline or does not answer
  refused = 6,        // the other side, the server or a rule said no
  damaged = 7,        // what arrived is not what was sent
  local_file = 8,     // a file or disk of this machine
  interrupted = 130   // SIGINT, SIGTERM
};

exit_code exit_code_of(errc code) noexcept;

}  // namespace mesh::app
