// Puts what the daemon received in a private folder where the person wanted it.
#pragma once
#include "agent/share/collision.hpp"
#include "core/base/error.hpp"

#include <filesystem>

namespace mesh::app {

// Moves a file or folder into folder (made when missing), under its name or, when that is taken, as policy
// says; copies where a rename cannot reach. Answers the new path. Errors: write_failed, disk_full,
// file_exists.
result<std::filesystem::path> move_into(const std::filesystem::path& from,
                                        const std::filesystem::path& folder,
                                        share::collision policy = share::collision::rename);

}  // namespace mesh::app
