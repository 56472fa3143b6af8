// What a careful program does to itself at its start.
#pragma once

namespace mesh::os {

// No core dump and no ptrace by other programs of this user (PR_SET_DUMPABLE 0): the memory holds keys.
void forbid_dumps() noexcept;

// SIGPIPE and SIGXFSZ become errors of write(2) instead of the end of the program.
void ignore_write_signals() noexcept;

}  // namespace mesh::os
