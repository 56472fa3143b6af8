// Puts what the daemon received in a private folder where the person wanted it.
#pragma once
#include "core/base/error.hpp"

#include <filesystem>

namespace mesh::app {

// Moves a file or folder into folder (made when missing), under its name or the first numbered one that is
// free; copies where a rename cannot reach. Nothing is overwritten. Answers the new path. Errors:
// write_failed, disk_full, file_exists.
result<std::filesystem::path> move_into(const std::filesystem::path& from,
                                        const std::filesystem::path& folder);

}  // namespace mesh::app
