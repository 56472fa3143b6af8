// Whether what somebody offers is here already, by that very transfer: its sender has not heard of it.
#pragma once
#include "agent/share/transfer.hpp"

#include <filesystem>

namespace mesh::share {

// In directory, under the name that is offered or one that it got because that was taken. False as well where
// the file system keeps no extended attributes, and for what is no file or folder of its own: a short text,
// or files that were put into a folder that was there.
bool is_here_already(const std::filesystem::path& directory, const transfer_info& offer);

}  // namespace mesh::share
