// Folders that a person named for standing rules on the command line. They are kept beside the state
// directory, where an agent that confined itself cannot write: one that was taken over may write rules, and
// gains no folder by them.
#pragma once
#include "core/base/error.hpp"

#include <filesystem>
#include <vector>

namespace mesh::app {

// In a directory beside that of the state.
std::filesystem::path chosen_folders_file(const std::filesystem::path& state);

// Remembers one; the oldest is forgotten beyond limits::receive_rules_max. Errors: state_unreadable,
// disk_full, io.
result<void> choose_folder(const std::filesystem::path& state, const std::filesystem::path& folder);

// Those of `wanted` that were chosen. Where nothing was kept yet (rules of an older version), they all are
// from now on: only before this process confines itself.
std::vector<std::filesystem::path> chosen_at_start(const std::filesystem::path& state,
                                                   std::vector<std::filesystem::path> wanted);
// The same at any later time: nothing is taken on trust.
std::vector<std::filesystem::path> chosen_of(const std::filesystem::path& state,
                                             std::vector<std::filesystem::path> wanted);

}  // namespace mesh::app
