// Landlock (Linux 5.13 and later): this process gives up writing anywhere but in the given directories, so
// that a bug in the receiving of files cannot reach the rest of the machine.
#pragma once
#include "core/base/error.hpp"

#include <filesystem>
#include <span>
#include <string_view>

namespace mesh::os {

enum class confinement {
  active,       // writes outside of the directories now fail with EACCES
  unsupported,  // the kernel has no Landlock or it is switched off
};
std::string_view to_string(confinement status) noexcept;

// Best effort: unsupported is no error. Holds for the calling thread and every thread and process it starts
// later, for good (no_new_privs is set as well), so it comes before threads, and whatever must stay free,
// such as a user's shell, is started by a process that was left out. Devices under /dev that every program
// writes (null, zero, tty, ptmx, pts) stay writable; reading is not touched. Errors: io, when a directory
// cannot be opened or the kernel refuses the rules; nothing is then confined.
result<confinement> confine_writes(std::span<const std::filesystem::path> writable_dirs);
// True once confine_writes() answered active in this process.
bool writes_confined() noexcept;

// Asks the kernel whether a file could be made in folder, or in the nearest one above it that exists. Errors:
// when the permissions would allow it and the confinement does not: folder_replaced with the path of a folder
// that confine_writes() was given and that was deleted or moved away since, folder_confined otherwise. Where
// the file system cannot make a file without a name, the answer is yes and the first write tells.
result<void> may_write_into(const std::filesystem::path& folder);

}  // namespace mesh::os
