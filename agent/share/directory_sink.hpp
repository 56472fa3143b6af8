// Receives into a directory: NAME.part while bytes arrive, then, synced and verified, NAME — or "NAME (1)"
// when that is taken, also by a name that differs in case only. Nothing is overwritten unless the collision
// policy says so. A part that an earlier attempt of the same sender left is gone on with.
#pragma once
#include "agent/os/safe_dir.hpp"
#include "agent/share/collision.hpp"
#include "agent/share/file_sink.hpp"

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

namespace mesh::share {

// True for a transfer that came from this user's device under that id and will go on: nobody else gets its
// part.
using expected_transfer =
    std::function<bool(const std::string& user, const std::string& device, const std::string& transfer_id)>;

// expected: empty when none is. Errors: not_found or io when the directory cannot be opened or made.
result<std::unique_ptr<file_sink>> make_directory_sink(const std::filesystem::path& directory,
                                                       collision policy = collision::rename,
                                                       expected_transfer expected = {});

}  // namespace mesh::share
