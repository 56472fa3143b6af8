// What a careful program does to itself at its start.
#pragma once
#include <sys/types.h>

namespace mesh::os {

// No core dump and no ptrace by other programs of this user (PR_SET_DUMPABLE 0): the memory holds keys.
void forbid_dumps() noexcept;

// SIGPIPE and SIGXFSZ become errors of write(2) instead of the end of the program.
void ignore_write_signals() noexcept;

// The file mode creation mask, read without changing it (umask(2) could not, while other threads make files).
// 022 when the kernel does not tell.
mode_t process_umask() noexcept;

}  // namespace mesh::os
