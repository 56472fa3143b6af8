// Folders that a person names after this process confined its writes (landlock.hpp): a process of ours that
// was left out makes, opens for writing, renames and removes what lies in them, and nothing else.
#pragma once
#include "core/base/error.hpp"

#include <filesystem>
#include <functional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace mesh::os {

// Forks it; before threads are started and before confine_writes(). named: called over there, for each
// request: the folders as they are named at present, absolute and without links. It ends with this process.
// Errors: io.
result<void> start_folder_keeper(std::function<std::vector<std::filesystem::path>()> named);

// Asks the keeper for what the kernel refused to this process. As the system calls: -1 and errno (EACCES when
// there is no keeper, or the folder is not one of the named). From any thread.
namespace keeper {

// As detail::open_beneath of safe_dir.
int open_beneath(int dir, const std::string& name, int flags, mode_t mode) noexcept;
// name, from, to: one component.
int make_dir(int dir, const std::string& name, mode_t mode) noexcept;
int make_link(const std::string& target, int dir, const std::string& name) noexcept;
int rename(int dir, const std::string& from, int into, const std::string& to, unsigned flags) noexcept;
int unlink(int dir, const std::string& name, int flags) noexcept;
// One of the named, or below one, with its parents.
int make_folder(const std::filesystem::path& folder) noexcept;
// 0 when it would be served.
int look(const std::filesystem::path& folder) noexcept;

}  // namespace keeper
}  // namespace mesh::os
