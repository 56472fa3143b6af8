// .meshignore files as they lie in a folder.
#pragma once
#include "agent/os/safe_dir.hpp"
#include "agent/share/ignore_rules.hpp"
#include "core/base/error.hpp"

#include <filesystem>
#include <optional>
#include <string>

namespace mesh::share {

// The text of the .meshignore of dir; empty when there is none. Errors: file_unreadable, too_large above
// limits::ignore_file_bytes_max: leaving it out in silence would send what somebody wanted kept back.
result<std::string> read_ignore_file(const os::safe_dir& dir);

// What decides whether path, which lies in folder, goes when folder is sent; nothing when no line speaks of
// it. path: below folder. Errors: not_found, file_unreadable, too_large.
result<std::optional<ignore_verdict>> explain_ignored(const std::filesystem::path& folder,
                                                      const std::string& path);

}  // namespace mesh::share
