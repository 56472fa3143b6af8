// Puts what the daemon received in a private folder where the person wanted it.
#pragma once
#include "agent/share/collision.hpp"
#include "core/base/error.hpp"

#include <filesystem>
#include <string>

namespace mesh::app {

// Moves a file or folder into folder (made when missing), under name or, when that is taken, as policy says;
// overwrite makes one of two folders. Where a rename cannot reach it is copied as it is (copy_tree). Answers
// the new path; after an error it lies where it was, but for what was merged already. Errors: write_failed,
// disk_full, file_exists, and those of copy_tree().
result<std::filesystem::path> move_into(const std::filesystem::path& from,
                                        const std::filesystem::path& folder, const std::string& name,
                                        share::collision policy = share::collision::rename);

}  // namespace mesh::app
