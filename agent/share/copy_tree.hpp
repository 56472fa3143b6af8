// A copy of a file or folder on another file system: content with its holes, modes, times, links and extended
// attributes.
#pragma once
#include "core/base/error.hpp"

#include <filesystem>

namespace mesh::share {

// to: not there yet. Everything is on the disk when this returns; what was made before an error stays. Links
// are copied, never followed. Errors: disk_full, write_failed, file_unreadable, library_missing.
result<void> copy_tree(const std::filesystem::path& from, const std::filesystem::path& to);

}  // namespace mesh::share
