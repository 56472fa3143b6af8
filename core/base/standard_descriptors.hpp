// Descriptors 0, 1 and 2, which whoever starts a program may have closed.
#pragma once

namespace mesh {

// Gives each one that is closed to what can neither be read nor written, so that no socket or file that is
// opened later gets its number, and with it what was meant for the terminal or the log. To be called first of
// all.
void hold_standard_descriptors() noexcept;

// False as well for one that was closed when the program began.
bool is_writable(int fd) noexcept;

}  // namespace mesh
