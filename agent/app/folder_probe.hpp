// Whether files could be stored in a folder that somebody names for later.
#pragma once
#include "core/base/error.hpp"

#include <filesystem>

namespace mesh::app {

// folder: absolute. Makes what is missing of it and a file in it, and takes both away again. Errors:
// write_failed with the reason of the system, in its words.
result<void> probe_folder(const std::filesystem::path& folder);

}  // namespace mesh::app
