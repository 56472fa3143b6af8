// Receives into a directory: NAME.part while bytes arrive, then, synced and verified, NAME — or "NAME (1)"
// when that is taken, also by a name that differs in case only. Nothing is overwritten unless the collision
// policy says so. A part that an earlier attempt of the same sender left is gone on with.
#pragma once
#include "agent/os/safe_dir.hpp"
#include "agent/share/collision.hpp"
#include "agent/share/file_sink.hpp"
#include "agent/share/part_file.hpp"

#include <filesystem>
#include <memory>
#include <string>

namespace mesh::share {

// expected: empty when none is. Errors: not_found or io when the directory cannot be opened or made.
result<std::unique_ptr<file_sink>> make_directory_sink(const std::filesystem::path& directory,
                                                       collision policy = collision::rename,
                                                       expected_transfer expected = {});

}  // namespace mesh::share
