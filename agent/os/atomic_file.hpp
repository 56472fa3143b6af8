// Small files that are whole or absent, whatever happens meanwhile: credentials, keys, remembered ports.
#pragma once
#include "agent/os/private_dir.hpp"
#include "core/base/bytes.hpp"
#include "core/base/secret.hpp"

#include <optional>
#include <string>

namespace mesh::os {

// Writes a file of mode 0600 under a temporary name, syncs it, renames it over name and syncs the directory.
// Errors: disk_full, io; the old content then stands.
result<void> write_file_atomically(const private_dir& dir, const std::string& name, bytes_view content);

// As above, but never replaces: file_exists when name is already taken (it then stays as it is).
result<void> create_file_atomically(const private_dir& dir, const std::string& name, bytes_view content);

// The whole content, nullopt when there is no such file. Errors: state_unreadable when it is no regular file,
// belongs to another user, may be read by group or others, is longer than bytes_max, or cannot be read.
result<std::optional<secret>> read_private_file(const private_dir& dir, const std::string& name,
                                                std::size_t bytes_max = 65'536);

// Removes the file; an absent one is fine.
result<void> remove_file(const private_dir& dir, const std::string& name);

}  // namespace mesh::os
