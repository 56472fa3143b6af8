// What an earlier attempt left of a folder, reduced to what the present offer names.
#pragma once
#include "agent/os/safe_dir.hpp"
#include "core/base/error.hpp"

#include <string_view>
#include <unordered_map>

namespace mesh::share {

// kinds: "file" or "directory" by path below tree. Everything else goes, links too; directories that stay are
// opened for us. Errors: io.
result<void> keep_only(const os::safe_dir& tree,
                       const std::unordered_map<std::string_view, std::string_view>& kinds);

}  // namespace mesh::share
